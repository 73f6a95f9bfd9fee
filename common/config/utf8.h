/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_CONFIG_UTF8_H
#define P2P_CONFIG_UTF8_H

/* One step through text that may be hostile. */

#include <stddef.h>
#include <stdint.h>

/**
 * utf8_next() - decode the character at @s
 * @len: bytes left, at least 1
 * @cp: the code point; untouched when the bytes are not UTF-8
 *
 * Return: bytes taken (1..4), or 0 when they are not valid UTF-8 (overlong, surrogate, cut short).
 */
static inline size_t utf8_next(const char *s, size_t len, uint32_t *cp)
{
	const unsigned char *p = (const unsigned char *)s;
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = p[0] < 0x80	 ? 1
		   : p[0] < 0xc2 ? 0
		   : p[0] < 0xe0 ? 2
		   : p[0] < 0xf0 ? 3
		   : p[0] < 0xf5 ? 4
				 : 0;
	uint32_t v;

	if (n == 0 || n > len)
		return 0;
	v = n == 1 ? p[0] : p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (p[i] & 0x3f);
	}
	if (v < smallest[n] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return 0;
	*cp = v;
	return n;
}

#endif
