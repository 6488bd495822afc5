/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/main.c - aico2-fetch: one question from stdin, one answer to stdout (model/fetch.h, model/remote.h), or
 * snapshots to push (model/push.h) */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fs.h"
#include "fetch/chain.h"
#include "fetch/cloud.h"
#include "fetch/prometheus/prometheus.h"
#include "fetch/push_main.h"
#include "fetch/sandbox.h"
#include "fetch/store.h"

enum exit_status {
    EXIT_ANSWERED = 0, /* also with an answer that says why there is none */
    EXIT_INTERNAL = 1,
    EXIT_USAGE = 2,   /* an argument, or what stdin holds is no question */
    EXIT_UNHEARD = 3, /* nobody reads the answer */
    EXIT_UNSENT = 4,  /* --push: not all was sent or kept */
    EXIT_ABSENT = 5,  /* --push: not in this build */
};

enum { ALL_SAID = -1, ASKED_TO_PUSH = -2 };

static const char HELP[] =
    "usage: aico2-fetch [--die-with-parent] <QUESTION >ANSWER\n"
    "       aico2-fetch --push <FRAMES >STATES\n"
    "\n"
    "The part of aico2 that talks to the network. It is started by aico2, reads a binary\n"
    "question and writes a binary answer; by hand there is nothing to see. What people\n"
    "use are the options of aico2: see aico2(1), and docs/live.md of the source.\n"
    "\n"
    "  --die-with-parent  end when the process that started it does\n"
    "  --push             send snapshots by remote write, for as long as they come\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 answered (the answer may say why there are no figures), 1 internal\n"
    "error, 2 no question or a wrong argument, 3 the answer could not be written, 4 some\n"
    "of what was to be pushed is neither sent nor kept, 5 built without remote write.\n";

/* More than the question's deadline: what hangs in spite of all others. */
static void set_alarm(int64_t deadline_ms)
{
    int64_t most_ms = deadline_ms + 2000;
    struct itimerval timer = { .it_value = { .tv_sec = most_ms / 1000,
                                             .tv_usec = most_ms % 1000 * 1000 } };

    (void)setitimer(ITIMER_REAL, &timer, NULL);
}

/* Both begin with what tells them apart. */
union question {
    uint32_t magic;
    struct fetch_question fetch;
    struct remote_question remote;
};

static bool read_whole(void *out, size_t size)
{
    char *at = out;

    while (size > 0) {
        ssize_t got = read(STDIN_FILENO, at, size);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

static bool read_question(union question *question)
{
    const size_t begun = sizeof(question->magic);

    if (!read_whole(question, begun))
        return false;
    switch (question->magic) {
    case FETCH_MAGIC:
        return read_whole((char *)question + begun, sizeof(question->fetch) - begun) &&
               fetch_question_check(&question->fetch);
    case REMOTE_MAGIC:
        return read_whole((char *)question + begun, sizeof(question->remote) - begun) &&
               remote_question_check(&question->remote);
    default:
        return false;
    }
}

static int write_answer(const struct fetch_answer *answer, const struct intensity_series *series)
{
    int r = fs_write_all(STDOUT_FILENO, (const char *)answer, sizeof(*answer));

    if (r == 0 && answer->point_count > 0)
        r = fs_write_all(STDOUT_FILENO, (const char *)series->points,
                         answer->point_count * sizeof(*series->points));
    return r == 0 ? EXIT_ANSWERED : EXIT_UNHEARD;
}

static int answer(struct fetch_question *question)
{
    AICO2_CLEANUP(freep) struct intensity_point *points = NULL;
    struct intensity_series series = { 0 };
    struct fetch_answer answer;
    const struct chain chain = {
        .table = provider_table,
        .count = provider_count,
        .exchange = http_exchange,
        .credentials_dir = getenv("CREDENTIALS_DIRECTORY"),
    };

    /* without a directory of its own nothing is kept, and a location never is */
    if (question->what == FETCH_LOCATION)
        question->cache_dir[0] = '\0';
    if (question->cache_dir[0] != '\0' && store_make(question->cache_dir, NULL) < 0)
        question->cache_dir[0] = '\0';
    sandbox_enter(question->cache_dir);
    if (http_init() < 0)
        return EXIT_INTERNAL;
    if (question->what == FETCH_WINDOW)
        chain_run(&chain, question, &answer, &series);
    else
        cloud_run(http_exchange, question, &answer);
    points = series.points;
    explicit_bzero(question, sizeof(*question));
    if (!fetch_answer_check(&answer) || !fetch_points_check(points, answer.point_count))
        return EXIT_INTERNAL;
    return write_answer(&answer, &series);
}

static int answer_remote(const struct remote_question *question)
{
    int r;

    sandbox_enter("");
    if (http_init() < 0)
        return EXIT_INTERNAL;
    r = prometheus_answer(question, getenv("CREDENTIALS_DIRECTORY"), STDOUT_FILENO);
    if (r == -EPIPE)
        return EXIT_UNHEARD;
    return r < 0 ? EXIT_INTERNAL : EXIT_ANSWERED;
}

static int push(void)
{
    switch (push_main()) {
    case PUSH_MAIN_ENDED:
        return EXIT_ANSWERED;
    case PUSH_MAIN_GAVE_UP:
        return EXIT_UNSENT;
    case PUSH_MAIN_NO_SETUP:
        (void)fprintf(stderr, "aico2-fetch: stdin holds no frames of this version; it is aico2 "
                              "that starts this program\n");
        return EXIT_USAGE;
    case PUSH_MAIN_ABSENT:
        (void)fprintf(stderr, "aico2-fetch: built without snappy, and so without remote write\n");
        return EXIT_ABSENT;
    default:
        return EXIT_INTERNAL;
    }
}

/* Return: EXIT_ANSWERED or ASKED_TO_PUSH to go on, else what to exit with; ALL_SAID when all was said. */
static int take_arguments(int argc, char **argv)
{
    bool pushes = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            (void)fputs(HELP, stdout);
            return ALL_SAID;
        }
        if (strcmp(argv[i], "--version") == 0) {
            (void)puts("aico2-fetch " AICO2_VERSION_TEXT);
            return ALL_SAID;
        }
        if (strcmp(argv[i], "--push") == 0) {
            pushes = true;
            continue;
        }
        if (strcmp(argv[i], "--die-with-parent") != 0) {
            (void)fprintf(stderr, "aico2-fetch: unknown argument; see aico2-fetch --help\n");
            return EXIT_USAGE;
        }
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    }
    return pushes ? ASKED_TO_PUSH : EXIT_ANSWERED;
}

int main(int argc, char **argv)
{
    static union question question;
    int r = take_arguments(argc, argv);

    if (r != EXIT_ANSWERED && r != ASKED_TO_PUSH)
        return r == ALL_SAID ? EXIT_ANSWERED : r;
    sandbox_hide();
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGALRM, SIG_DFL);
    (void)unsetenv("SSLKEYLOGFILE"); /* GnuTLS would write the keys of its connections there */
    (void)close_range(STDERR_FILENO + 1, ~0U, 0);
    if (r == ASKED_TO_PUSH)
        _exit(push()); /* its other thread may hang in a library that exit() would clear away */
    if (!read_question(&question)) {
        (void)fprintf(stderr, "aico2-fetch: stdin holds no question of this version; it is aico2 "
                              "that starts this program\n");
        return EXIT_USAGE;
    }
    set_alarm(question.magic == FETCH_MAGIC ? question.fetch.deadline_ms
                                            : question.remote.deadline_ms);
    return question.magic == FETCH_MAGIC ? answer(&question.fetch)
                                         : answer_remote(&question.remote);
}
