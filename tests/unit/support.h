/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/support.h - what every test file needs: cmocka's includes, temporary trees */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Whether an emulator runs the tests, whose kernel may lack some calls. */
bool is_emulated(void);

/* A fresh directory below $TMPDIR or /tmp; the path is put into path_out. Return: an open descriptor. */
int temp_dir_open(char path_out[64]);
/* Removes it with all it holds. */
void temp_dir_remove(const char *path);
/* Writes a file below dirfd, making directories on the way; content is taken as it is. */
void tree_write(int dirfd, const char *path, const char *content);
/* Overwrites in place (same inode), as sysfs does. */
void tree_update(int dirfd, const char *path, const char *content);
void tree_link(int dirfd, const char *path, const char *target);
void tree_mkdir(int dirfd, const char *path);

/* A numeric locale with a decimal comma, made below folder where the system has only its sources.
 * Return: false when there is none. The test sets "C" again. */
bool locale_set_comma(const char *folder);
