/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/sandbox.h - what a process that reads bytes of strangers gives up before */
#pragma once

/* No core file, and no other process of the user reads its memory. Before any secret is. */
void sandbox_hide(void);

/**
 * sandbox_enter() - no capability, no new privilege, no program started, nothing written but below a folder
 * @writable: "" none
 * Each as far as the kernel has it: landlock(7) is there since 5.13. A question is answered either way.
 */
void sandbox_enter(const char *writable);
