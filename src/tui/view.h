/* SPDX-License-Identifier: Apache-2.0 */
/* tui/view.h - what is on the screen: figures, and what the person has asked to see of them */
#pragma once

#include "model/documents.h"
#include "model/glance.h"
#include "tui/layout.h"
#include "tui/trend.h"

enum process_sort {
    SORT_ENERGY,
    SORT_WATTS,
    SORT_CPU,
    SORT_GPU,
    SORT_MEMORY,
    SORT_PID,
    SORT_USER,
    SORT_COMMAND,
    SORT_COUNT,
};

/* What is being typed. */
enum entry { ENTRY_NONE, ENTRY_SEARCH, ENTRY_FILTER };

enum { ENTRY_SIZE = 64 };

struct device_trend {
    char id[DEVICE_ID_SIZE];
    struct trend trend;
};

/* A line of the processes. */
struct process_row {
    const struct glance_process *process;
    int depth;    /* in the tree */
    bool is_last; /* of its parent's children */
    double watts; /* in the tree with those of its descendants */
    double joules;
};

struct view {
    /* figures */
    bool has_glance;
    struct glance glance; /* our own copy */
    struct trend trend;   /* of the machine's power */
    struct device_trend *trends;
    size_t trend_count;
    size_t trend_capacity;
    double interval_seconds;
    struct run_row *runs; /* newest first */
    size_t run_count;
    char runs_note[160]; /* why there are none; "" */
    struct place_day day;
    bool has_day;
    uint32_t own_uid;
    char own_user[GLANCE_USER_SIZE];

    /* the person's */
    enum pane pane;
    enum process_sort sort;
    bool ascending;
    bool as_tree;
    bool only_own;
    bool in_joules; /* and not in Wh */
    bool by_source; /* devices: their readers and models in place of trends */
    bool paused;
    bool help;
    int help_first; /* line at the top */
    int help_next;  /* that of the next page; 0: there is none */
    bool ended; /* it is enough */
    enum entry entry;
    char typed[ENTRY_SIZE];
    char filter[ENTRY_SIZE];
    char search[ENTRY_SIZE];
    int32_t selected_pid;  /* 0: none */
    int selected;          /* line of it, or of the pane in hand */
    int first[PANE_COUNT]; /* line at the top of each pane */
    int shown[PANE_COUNT]; /* lines that it had room for when it was last drawn */

    struct process_row *rows; /* view_arrange() makes them */
    size_t row_count;
    size_t row_capacity;
};

/* { 0 } but for what a person begins with. */
void view_init(struct view *view);
void view_deinit(struct view *view);

/* A tick's figures; while it is paused they are passed over. Return: 0 or -ENOMEM. */
int view_take(struct view *view, const struct glance *glance);

/* The processes that are to be seen, in their order, and the selected one among them. */
void view_arrange(struct view *view);

/* Of the pane: the devices, one for sensors that are shut, and what the stages had to say. */
int view_device_lines(const struct view *view);

/* NULL: none is known. */
const struct trend *view_trend(const struct view *view, const char *id);

/* "3.1 GiB"; "–" */
enum { BYTES_SIZE = 16 };
void view_bytes(char out[BYTES_SIZE], double bytes, bool unicode);
/* "31/80 GiB": both in the unit of the whole. */
void view_bytes_of(char out[2 * BYTES_SIZE], double used, double total, bool unicode);
