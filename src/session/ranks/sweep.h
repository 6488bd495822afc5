/* SPDX-License-Identifier: Apache-2.0 */
/* session/ranks/sweep.h - what processes that are gone left where ranks meet */
#pragma once

/* Removes the files of processes that live no more and whom nobody follows. A few thousand entries at most are looked at. */
void rank_sweep(int dir_fd, int proc_fd);
