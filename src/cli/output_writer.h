/* SPDX-License-Identifier: Apache-2.0 */
/* cli/output_writer.h - which process has to hear that nobody reads what it prints */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "session/session.h"

/**
 * output_writer_find() - the one process of the job that a signal may be sent to in place of the kernel's
 * Of those whose stdout is `terminal`, the one that has no child with it: a shell that waits prints
 * nothing.
 * @number: the signal, which must end it: one that is caught, ignored or blocked is an error of write(2)
 * Return: its pid; 0 when there is none such, or more than one
 */
pid_t output_writer_find(struct session *session, const struct stat *terminal, int number);

/* Whether it is there, with this stdout. */
bool output_writer_prints(pid_t pid, const struct stat *terminal);
