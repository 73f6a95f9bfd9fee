/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BASE_ERR_H
#define P2P_BASE_ERR_H

/*
 * The one language of failure: functions return 0 or a negative errno, and the place that knows
 * the fault writes what a user needs into a struct err. No allocation, no global, no printing.
 */

/**
 * struct err - what went wrong, in a user's words
 * @code: negative errno of the last err_set(), 0 when nothing was set
 * @text: object, what was asked, what the kernel or device answered
 * @hint: likely cause and next step; empty when there is none to give
 */
struct err {
	int code;
	char text[512];
	char hint[512];
};

/**
 * err_set() - record a failure
 * @e: may be NULL (the caller only wants the code)
 * @code: negative errno
 *
 * Overwrites what was there and clears the hint. Over-long text is cut.
 * Return: @code, so that `return err_set(e, -EINVAL, ...)` reads as one sentence.
 */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/**
 * err_hint() - add likely cause and next step to the failure just recorded
 * @e: may be NULL
 *
 * Return: @code, so that a hint can end a function as err_set() does.
 */
int err_hint(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/**
 * err_name() - symbolic name of an errno, positive or negative: "ENOMEM"
 *
 * Return: static text; "errno N" is never returned, unknown numbers give "unknown errno".
 */
const char *err_name(int code);

#endif
