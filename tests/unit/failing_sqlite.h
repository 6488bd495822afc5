/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/failing_sqlite.h - a call that our code makes of SQLite finds no memory, a full disk, a broken one or others' locks
 *
 * Linked with failing_sqlite_wraps (meson.build), which sends our own code's calls here. What fails is what lies below SQLite: its
 * allocations and its system calls; how it gets on with that, and what it says, is its own doing.
 */
#ifndef TESTS_FAILING_SQLITE_H
#define TESTS_FAILING_SQLITE_H

#include <stdbool.h>

enum sqlite_fault {
    SQLITE_FAULT_NONE,
    SQLITE_FAULT_MEMORY,
    SQLITE_FAULT_FULL,    /* writing: ENOSPC */
    SQLITE_FAULT_READING, /* EIO */
    SQLITE_FAULT_LOCKED,  /* others hold every lock; nobody waits for them */
};

/* Before SQLite is first used. */
void sqlite_fault_install(void);
/* Until sqlite_fault_end(), in the nth call from now (from 0) or the first after it that something can be refused in; `lasting`: in
 * all that follow, too. */
void sqlite_fault_begin(enum sqlite_fault fault, long n, bool lasting);
/* Return: the call in which something was refused first; -1 none. */
long sqlite_fault_end(void);

#endif
