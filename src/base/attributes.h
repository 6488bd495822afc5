/* SPDX-License-Identifier: Apache-2.0 */
/* base/attributes.h - the compiler extensions this project uses, and no others */
#pragma once

#define AICO2_CLEANUP(function) __attribute__((cleanup(function)))
#define AICO2_PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#define AICO2_NORETURN __attribute__((noreturn))

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))
