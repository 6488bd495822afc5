/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/history_faults.h - a history with a bit of everything, and a call of it under every fault that SQLite can meet */
#ifndef TESTS_HISTORY_FAULTS_H
#define TESTS_HISTORY_FAULTS_H

#include "test_history.h"

#include "failing_sqlite.h"

struct history_fault {
    const char *name;
    enum sqlite_fault fault; /* none: it is our own code that finds no memory */
    bool lasting;
    int code; /* what a call of the history returns for it */
};
enum { HISTORY_FAULTS = 6 };
extern const struct history_fault history_faults[HISTORY_FAULTS];

struct answer {
    char text[4096]; /* an array: nothing of the test's own needs memory that is refused */
    size_t length;
};

AICO2_PRINTF(2, 3) void answer_add(struct answer *answer, const char *format, ...);

/* One call of the history; what it gave is added to the answer. On failure nothing may have been given. */
struct history_call {
    const char *name;
    int (*call)(struct history *history, struct answer *answer, struct aico2_error *err);
    const char *
        without; /* a table that it changes in several transactions, all others in one; NULL: there is but one */
};

/* How many files such a history has: one, or one per run. */
enum { LOCAL, NETWORK, HISTORY_KINDS };

/* Before SQLite is first used. */
void history_faults_install(void);

/* From the nth call of SQLite, or allocation of our own, on (failing_sqlite.h). Return: the one that it was met in first; -1 none. */
void history_fault_begin(const struct history_fault *fault, long n);
long history_fault_end(const struct history_fault *fault);

/* Puts it there: run 1, which goes on, of two devices, two tasks and three minutes; and run 2, imported. */
void history_faults_fill(const char *path, int kind);

/* The nth call that is made of SQLite fails, for every n, alone or with all after it: the call says so and why, has changed
 * nothing, leaves nothing locked, and made again gives what it gives without a fault. */
void history_faults_try(const struct history_call *call, int kind, int mode);

#endif
