/* SPDX-License-Identifier: Apache-2.0 */
/* tests/faults/power_cut.h - an SQLite VFS that remembers every write, and what a disk holds after a power cut at any of them */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Every file that SQLite opens from now on goes through it, to the real one below. */
void power_cut_install(void);
/* Forgets what was written so far, and takes what stands in the files at `path` and `path`-wal as safe. */
void power_cut_begin(const char *path);

/* How many writes, truncations and syncs there were: the points at which the power can go. */
size_t power_cut_points(void);

/**
 * power_cut_write_back() - what the disk holds when the power went during operation `point`
 * @point: 0 to power_cut_points()
 * @seed:  of the chance that decides for each sector of 512 bytes that no sync covers whether it was written
 * @path:  where to put the database; `path`-wal is put beside it, or removed
 */
void power_cut_write_back(size_t point, uint64_t seed, const char *path);
