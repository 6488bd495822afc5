/* SPDX-License-Identifier: Apache-2.0 */
/* server/settings.h - everything that options, files and environment say, checked before it is used */
#pragma once

#include <limits.h>

#include "cli/options/place.h"
#include "config/options.h"
#include "model/calibration.h"
#include "model/push.h"
#include "model/run.h"
#include "server/listen.h"
#include "server/place_files.h"

/* Of the original project: its page, and the back end that the page asks. */
enum { SEED_PAGE_PORT = 3033, SEED_DATA_PORT = 8011 };

struct settings {
    struct options options;
    struct listen_address *listen;
    size_t listen_count;
    struct listen_address *seed_page; /* of --seed: each host of those, at the page's port */
    struct listen_address *seed_data; /* and at that of its figures */
    size_t seed_count;                /* of either */
    bool listen_given; /* on the command line or in a file: else sockets handed over are enough */
    char db_path[PATH_MAX]; /* "" none is kept */
    struct intensity intensity;
    struct site_options site;
    struct price price; /* without a currency there is none */
    struct place_files place_files;    /* of --place */
    char place_option[RUN_PLACE_SIZE]; /* session/place/text.h */
    struct push_setup remote_write;    /* of --remote-write */
    bool writes_remotely;
    struct calibration calibration;
    bool calibrated;
    int references; /* all of one thread */
};

/**
 * settings_load() - from the command line and all it does not say
 * @argv: argv[0] is anything; what is in the settings borrows from it
 * Nothing is opened or started. The reference is the caller's.
 * Return: 0, or a positive number of options_load(); -EINVAL for a bad value, -EBADMSG for a bad file,
 * another -errno
 */
int settings_load(struct settings **settings_out, int argc, char **argv, struct aico2_error *err);
struct settings *settings_ref(struct settings *settings);
void settings_unref(struct settings *settings); /* NULL allowed */
