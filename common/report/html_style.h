/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_REPORT_HTML_STYLE_H
#define P2P_REPORT_HTML_STYLE_H

/* The look of the page: light, dark, narrow, paper. What gnuplot draws in black is drawn in the text's
 * colour. */
static const char HTML_STYLE[] =
	":root{color-scheme:light dark;--fg:#1b1f24;--bg:#fff;--dim:#57606a;--line:#d0d7de;--soft:#f6f8fa;"
	"--warn:#7a4b00;--warnbg:#fff4d6;--link:#0550ae}\n"
	"@media(prefers-color-scheme:dark){:root{--fg:#e6edf3;--bg:#14181d;--dim:#9aa6b2;--line:#384049;"
	"--soft:#1c2229;--warn:#ffd58a;--warnbg:#3a2c0c;--link:#79b8ff}svg "
	"[stroke='rgb(0,114,178)']{stroke:#3f9fdc}svg [color='rgb(0,114,178)']{color:#3f9fdc}"
	"svg [fill='rgb(0,114,178)']{fill:#3f9fdc}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;padding:1rem 1.25rem 4rem;max-width:72rem;font:15px/1.5 system-ui,sans-serif;"
	"color:var(--fg);background:var(--bg);overflow-wrap:anywhere}\n"
	"h1{font-size:1.6rem;line-height:1.25;margin:.5rem 0}\n"
	"h2{font-size:1.25rem;margin:2.2rem 0 .6rem;padding-bottom:.25rem;border-bottom:1px solid "
	"var(--line)}\n"
	"h3{font-size:1.02rem;margin:1.5rem 0 .4rem}\n"
	"p{margin:.5rem 0;max-width:50rem}a{color:var(--link)}nav{font-size:.9rem}nav a{margin-right:1rem}\n"
	"ul{margin:.4rem 0;padding-left:1.3rem}li{margin:.25rem 0;max-width:56rem}\n"
	".banner{border:1px solid var(--warn);border-left-width:6px;background:var(--warnbg);"
	"color:var(--warn);padding:.6rem .9rem;font-weight:600;max-width:none}\n"
	".t{overflow-x:auto;margin:.6rem 0}table{border-collapse:collapse;font-size:13px;"
	"font-variant-numeric:tabular-nums}\n"
	"td,th{padding:.2rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;"
	"overflow-wrap:normal}\n"
	"th{background:var(--soft);white-space:nowrap}.n{text-align:right;white-space:nowrap}\n"
	".f th{font-weight:600;width:12rem}.f td{overflow-wrap:anywhere}\n"
	"pre{font:12px/1.45 ui-monospace,monospace;background:var(--soft);border:1px solid var(--line);"
	"padding:.7rem;overflow-x:auto}\n"
	"figure{margin:1rem 0 1.6rem;break-inside:avoid;max-width:56rem}\n"
	"figure svg{display:block;width:100%;height:auto;font-family:system-ui,sans-serif}\n"
	"figcaption{font-size:.85rem;color:var(--dim);margin-top:.3rem}\n"
	"svg [fill=black]{fill:var(--fg)}svg [stroke=black]{stroke:var(--fg)}svg [color=black]"
	"{color:var(--fg)}svg [color=white]{color:var(--bg)}\n"
	"svg "
	".wm{fill:var(--fg);fill-opacity:.07;stroke:none;font-weight:700;text-anchor:middle;text-transform:"
	"uppercase}\n"
	"svg .box{fill:var(--soft);stroke:var(--dim)}svg .bad{stroke:#d55e00;stroke-width:3}\n"
	"body[data-tier]::before{content:attr(data-tier);position:fixed;inset:0;z-index:-1;display:flex;"
	"align-items:center;justify-content:center;font-size:13vw;font-weight:800;letter-spacing:.05em;"
	"transform:rotate(-28deg);opacity:.045;pointer-events:none;text-transform:uppercase}\n"
	"@media(max-width:40rem){body{padding:.6rem .7rem 3rem;font-size:14px}.f "
	"th{width:6.5rem}td,th{padding:.2rem "
	".35rem}.p{overflow-x:auto}.p svg{min-width:34rem}}\n"
	"@media print{:root{--fg:#000;--bg:#fff;--dim:#333;--line:#bbb;--soft:#f4f4f4;--warn:#5c3900;"
	"--warnbg:#fff;--link:#000}body{max-width:none;padding:0;font-size:10.5pt}nav{display:none}.t,pre"
	"{overflow:visible}pre{white-space:pre-wrap}table{font-size:8pt}td,th{padding:.1rem "
	".3rem}thead{display:table-header-group}tr,li{break-inside:avoid}"
	"h2,h3{break-after:avoid}}\n";

#endif
