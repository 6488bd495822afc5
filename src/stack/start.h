/* SPDX-License-Identifier: Apache-2.0 */
/* stack/start.h - one service started, and on record before it begins */
#pragma once

#include "stack/directory.h"
#include "stack/service.h"
#include "stack/stack.h"

/**
 * service_start() - start a service whose program and port are chosen
 * Its state becomes STACK_STARTED, or STACK_FAILED with the reason.
 * Return: 0 whatever became of it; -errno when the record cannot be kept, and then it was not started
 */
int service_start(const struct stack_plan *plan, const struct service_row *row,
                  const struct stack_directory *directory, struct record *record,
                  struct stack_service *service, struct aico2_error *err);

/* The last line that a service has written to its log; "" none. */
void service_last_words(const struct stack_directory *directory, const char *name, char *line_out,
                        size_t size);
