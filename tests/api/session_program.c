/* SPDX-License-Identifier: Apache-2.0 */
/* tests/api/session_program.c - a program that measures itself, and ends in all ways: test_session.py asks for one */
#include <aico2/aico2.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double clock_s(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Of this thread: what the library's use meanwhile is no work of the program. */
static void burn(double cpu_s)
{
    volatile unsigned long work = 0;
    double end = clock_s(CLOCK_THREAD_CPUTIME_ID) + cpu_s;

    while (clock_s(CLOCK_THREAD_CPUTIME_ID) < end) {
        for (int i = 0; i < 10000; i++)
            work += (unsigned long)i;
    }
}

static void fail(const char *what, const struct aico2_error *err)
{
    fprintf(stderr, "%s: %s\n", what, err->message);
    exit(EXIT_FAILURE);
}

static struct aico2_session *begin(void)
{
    struct aico2_session *session = NULL;
    struct aico2_error err = { 0, "" };

    if (aico2_session_new(&session, NULL, &err) < 0 ||
        aico2_session_start(session, "program", &err) < 0)
        fail("start", &err);
    return session;
}

static void end(struct aico2_session *session)
{
    struct aico2_report *report = NULL;
    struct aico2_error err = { 0, "" };

    if (aico2_session_stop(session, &report, &err) < 0)
        fail("stop", &err);
    printf("%s", aico2_report_json(report));
    aico2_report_free(report);
    aico2_session_free(session);
}

static void say_id(const struct aico2_session *session)
{
    printf("%s\n", aico2_session_run_id(session));
    (void)fflush(stdout);
}

/* A child that burns, by itself or as another program. */
static pid_t start_child(const char *program, double cpu_s)
{
    pid_t child = fork();
    char text[32];

    if (child != 0)
        return child;
    if (program == NULL) {
        burn(cpu_s);
        exit(0); /* with all that a process does at its end */
    }
    (void)snprintf(text, sizeof(text), "%g", cpu_s);
    (void)execl(program, program, "burn", text, (char *)NULL);
    _exit(99);
}

/* after_s: what it works by itself, when they have ended. */
static void children(const char *program, double after_s)
{
    struct aico2_session *session = begin();
    int status;

    (void)waitpid(start_child(NULL, 0.3), &status, 0);
    (void)waitpid(start_child(program, 0.3), &status, 0);
    burn(after_s);
    end(session);
}

/* The child goes on when the run ends: what it has used until then counts. */
static void living(const char *program)
{
    struct aico2_session *session = begin();
    pid_t child = start_child(program, 30);
    clockid_t clock;

    while (clock_getcpuclockid(child, &clock) != 0 || clock_s(clock) < 0.4)
        (void)usleep(10000);
    end(session);
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
}

/* Time of children from before is not the run's. */
static void before(const char *program)
{
    struct aico2_session *session;

    (void)waitpid(start_child(program, 0.5), NULL, 0);
    burn(0.5);
    session = begin();
    burn(0.1);
    end(session);
}

/* Does nothing while it is read ten times a second, until its input ends. */
static void ticks(void)
{
    struct aico2_options options = { .size = sizeof(options), .interval_s = 0.1 };
    struct aico2_session *session = NULL;
    struct aico2_error err = { 0, "" };
    char byte;

    if (aico2_session_new(&session, &options, &err) < 0 ||
        aico2_session_start(session, "ticks", &err) < 0)
        fail("start", &err);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        continue;
    end(session);
}

/* Works until it is told to stop, or is killed. */
static void rank(void)
{
    struct aico2_session *session = begin();
    struct aico2_task_figures figures = { 0 };
    struct aico2_error err = { 0, "" };
    char word[8];
    int burns;

    say_id(session);
    if (aico2_task_begin(session, "all", &err) < 0)
        fail("begin", &err);
    burns = getenv("RANK") == NULL || strcmp(getenv("RANK"), "0") != 0; /* the first only waits */
    burn(burns ? 0.3 : 0);
    (void)fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    while (read(STDIN_FILENO, word, sizeof(word)) < 0) {
        (void)usleep(10000);
    }
    figures.size = sizeof(figures);
    if (aico2_task_end(session, &figures, &err) < 0)
        fail("end", &err);
    end(session);
}

/* A child with a session of its own, of whom this one tells. */
static void nested(void)
{
    struct aico2_session *session = begin();
    pid_t child = fork();

    if (child == 0) {
        session = begin();
        burn(0.2);
        end(session);
        (void)fflush(stdout);
        _exit(0);
    }
    (void)waitpid(child, NULL, 0);
    printf("\n");
    end(session);
}

/* What a library must not touch. */
static void traces(void)
{
    struct sigaction actions[64];
    struct sigaction now;
    sigset_t mask;
    sigset_t mask_now;
    int subreaper = -1;
    struct aico2_session *session;
    pid_t child;
    int changed = 0;

    memset(actions, 0, sizeof(actions));
    for (int i = 1; i < 64; i++)
        (void)sigaction(i, NULL, &actions[i]);
    (void)sigprocmask(SIG_SETMASK, NULL, &mask);
    session = begin();
    for (int i = 1; i < 64; i++) {
        memset(&now, 0, sizeof(now));
        if (sigaction(i, NULL, &now) == 0)
            changed += now.sa_handler != actions[i].sa_handler;
    }
    (void)sigprocmask(SIG_SETMASK, NULL, &mask_now);
    (void)prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0);
    printf("signals %d mask %d subreaper %d\n", changed, memcmp(&mask, &mask_now, sizeof(mask)),
           subreaper);
    (void)fflush(stdout);
    child = fork();
    if (child == 0) {
        (void)execlp("ls", "ls", "/proc/self/fd", (char *)NULL);
        _exit(99);
    }
    (void)waitpid(child, NULL, 0);
    (void)aico2_session_stop(session, NULL, NULL);
    aico2_session_free(session);
}

static long resident_kib(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long total = 0;
    long resident = 0;

    if (file == NULL || fscanf(file, "%ld %ld", &total, &resident) != 2)
        resident = 0;
    if (file != NULL)
        (void)fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void many(long count)
{
    long before_kib = resident_kib();
    struct aico2_session *session = begin();
    struct aico2_report *report = NULL;
    long small_kib = resident_kib() - before_kib;
    double sum = 0;
    double total;

    for (long i = 0; i < count; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "step %ld", i);
        if (aico2_task_begin(session, name, NULL) < 0 || aico2_task_end(session, NULL, NULL) < 0)
            exit(EXIT_FAILURE);
    }
    printf("%ld %ld", small_kib, resident_kib() - before_kib);
    if (aico2_session_stop(session, &report, NULL) < 0)
        exit(EXIT_FAILURE);
    for (size_t i = 0; i < aico2_report_task_count(report); i++) {
        struct aico2_report_task task = { 0 };

        task.size = sizeof(task);
        (void)aico2_report_task(report, i, &task);
        sum += task.energy_joules;
    }
    total = aico2_report_total_joules(report);
    printf(" %zu %.9g %.9g\n", aico2_report_task_count(report), sum, total);
    aico2_report_free(report);
    aico2_session_free(session);
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";

    if (strcmp(word, "burn") == 0 && argc > 2) {
        burn(strtod(argv[2], NULL));
    } else if (strcmp(word, "children") == 0) {
        children(argv[0], argc > 2 ? strtod(argv[2], NULL) : 0.2);
    } else if (strcmp(word, "living") == 0) {
        living(argv[0]);
    } else if (strcmp(word, "ticks") == 0) {
        ticks();
    } else if (strcmp(word, "before") == 0) {
        before(argv[0]);
    } else if (strcmp(word, "rank") == 0) {
        rank();
    } else if (strcmp(word, "nested") == 0) {
        nested();
    } else if (strcmp(word, "traces") == 0) {
        traces();
    } else if (strcmp(word, "many") == 0 && argc > 2) {
        many(strtol(argv[2], NULL, 10));
    } else if (strcmp(word, "return") == 0) {
        say_id(begin());
        burn(1.5);
    } else if (strcmp(word, "_exit") == 0) {
        say_id(begin());
        burn(1.5);
        _exit(3);
    } else if (strcmp(word, "wait") == 0) {
        say_id(begin());
        for (;;)
            burn(1);
    } else {
        return 2;
    }
    return 0;
}
