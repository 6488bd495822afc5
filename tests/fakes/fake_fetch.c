/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fakes/fake_fetch.c - a fetcher without a network, that says what a file beside it tells it to
 *
 * It stands as libexec/aico2/aico2-fetch beside a copy of aico2. Lines of its `script`:
 *   point SECONDS VALUE measured|estimated|forecast|none   from the start of the question's window
 *   at UNIX_SECONDS VALUE measured|estimated|forecast|none
 *   step PROVIDER OUTCOME REASON...      a step before the one that answers
 *   fail ERRNO                           no series
 *   kind WORD, band RATIO, cloud WORD
 *   nth N SCRIPT                         the Nth question is answered by that file instead
 *   burn MILLISECONDS                    of CPU time; it leaves a file `burnt`
 *   slow MILLISECONDS | hang | die | exit | nothing | garbage | short | long | huge | lie FIELD
 * Each question leaves a file `asked.N` of lines "key=value", itself and what was found around it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "model/fetch.h"

enum { POINTS_MAX = 4096 };

static struct fetch_question question;
static struct fetch_answer answer = {
    .magic = FETCH_MAGIC,
    .version = FETCH_VERSION,
    .origin = { .zone = "Z1",
                .kind = "direct-average",
                .source = "Fake Grid (test)",
                .source_short = "Fake Grid",
                .licence = "CC0",
                .band_ratio = 0.1 },
};
static struct intensity_point points[POINTS_MAX];
static char misbehaviour[32];
static char lie[32];
static int number; /* of this question */

static void fail(const char *what)
{
    perror(what);
    exit(9);
}

static void read_question(void)
{
    size_t length = 0;

    while (length < sizeof(question)) {
        ssize_t got = read(STDIN_FILENO, (char *)&question + length, sizeof(question) - length);

        if (got <= 0)
            fail("question");
        length += (size_t)got;
    }
    if (!fetch_question_check(&question))
        exit(8);
}

/* Descriptors beyond the three, which nobody should have left us. */
static int count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    const struct dirent *entry;
    int count = 0;

    if (directory == NULL)
        return -1;
    while ((entry = readdir(directory)) != NULL) {
        int fd = (int)strtol(entry->d_name, NULL, 10);

        count += entry->d_name[0] != '.' && fd > 2 && fd != dirfd(directory);
    }
    (void)closedir(directory);
    return count;
}

static void write_choices(FILE *file)
{
    for (uint32_t i = 0; i < question.choice_count; i++)
        (void)fprintf(file, "choice=%s %s %s\n", question.choices[i].provider,
                      question.choices[i].url[0] != '\0' ? question.choices[i].url : "-",
                      question.choices[i].secret[0] != '\0' ? question.choices[i].secret : "-");
}

static void leave_note(void)
{
    extern char **environ;
    int descriptors = count_descriptors();
    char name[32];
    struct stat out;
    FILE *file;

    do
        (void)snprintf(name, sizeof(name), "asked.%d", ++number);
    while (access(name, F_OK) == 0);
    file = fopen(name, "w");
    if (file == NULL || fstat(STDOUT_FILENO, &out) < 0)
        fail(name);
    (void)fprintf(file, "what=%d\nfrom=%lld\nto=%lld\ndeadline_ms=%lld\n", (int)question.what,
                  (long long)question.from_wall_ns, (long long)question.to_wall_ns,
                  (long long)question.deadline_ms);
    (void)fprintf(file, "country=%s\nregion=%s\ncloud=%s\nzone=%s\n", question.place.country,
                  question.place.region, question.place.cloud, question.place.zone);
    (void)fprintf(file, "forecast=%d\nmarginal=%d\nexpired=%s\ncache=%s\nsecrets=%s\nca=%s\n",
                  question.forecast, question.marginal, question.expired_from, question.cache_dir,
                  question.secret_dir, question.ca_file);
    write_choices(file);
    (void)fprintf(file, "pid=%d\nsid=%d\nnice=%d\nfds=%d\npipe=%d\n", (int)getpid(), (int)getsid(0),
                  getpriority(PRIO_PROCESS, 0), descriptors, S_ISFIFO(out.st_mode));
    for (size_t i = 0; environ[i] != NULL; i++)
        (void)fprintf(file, "env=%s\n", environ[i]);
    (void)fclose(file);
}

static enum intensity_point_quality quality_of(const char *word)
{
    return strcmp(word, "forecast") == 0    ? POINT_FORECAST
           : strcmp(word, "estimated") == 0 ? POINT_ESTIMATED
                                            : POINT_MEASURED;
}

static void add_point(int64_t wall_ns, const char *rest)
{
    char word[16] = "";
    double value = 0;

    if (sscanf(rest, "%lf %15s", &value, word) != 2 || answer.point_count >= POINTS_MAX)
        exit(7);
    points[answer.point_count++] = (struct intensity_point){
        .wall_ns = wall_ns,
        .gco2e_per_kwh = strcmp(word, "none") == 0 ? NAN : value,
        .quality = quality_of(word),
    };
}

static enum fetch_outcome outcome_of(const char *word)
{
    for (int i = 0; i <= FETCH_TOO_LATE; i++) {
        if (strcmp(fetch_outcome_name((enum fetch_outcome)i), word) == 0)
            return (enum fetch_outcome)i;
    }
    exit(7);
}

static void add_step(const char *provider, enum fetch_outcome outcome, const char *reason)
{
    struct fetch_step *step = &answer.steps[answer.step_count++];

    (void)snprintf(step->provider, sizeof(step->provider), "%s", provider);
    (void)snprintf(step->reason, sizeof(step->reason), "%s", reason);
    step->outcome = outcome;
}

static void take_line(const char *line)
{
    char word[32] = "";
    char second[64] = "";
    long long seconds = 0;
    int at = 0;

    (void)sscanf(line, "%31s %63s%n", word, second, &at);
    seconds = strtoll(second, NULL, 10);
    if (strcmp(word, "point") == 0) {
        add_point(question.from_wall_ns + seconds * 1000000000, line + at);
    } else if (strcmp(word, "at") == 0) {
        add_point(seconds * 1000000000, line + at);
    } else if (strcmp(word, "step") == 0) {
        char outcome[32] = "";
        int reason = 0;

        (void)sscanf(line + at, "%31s %n", outcome, &reason);
        for (char *dash = strchr(outcome, '_'); dash != NULL; dash = strchr(dash, '_'))
            *dash = ' ';
        add_step(second, outcome_of(outcome), line + at + reason);
    } else if (strcmp(word, "fail") == 0) {
        answer.status = -(int)seconds;
    } else if (strcmp(word, "kind") == 0) {
        (void)snprintf(answer.origin.kind, sizeof(answer.origin.kind), "%.31s", second);
    } else if (strcmp(word, "band") == 0) {
        answer.origin.band_ratio = strtod(second, NULL);
    } else if (strcmp(word, "cloud") == 0) {
        (void)snprintf(answer.cloud, sizeof(answer.cloud), "%s", second);
    } else if (strcmp(word, "slow") == 0) {
        (void)usleep((useconds_t)(seconds * 1000));
    } else if (strcmp(word, "burn") == 0) {
        while (clock() < (clock_t)(seconds * CLOCKS_PER_SEC / 1000))
            continue;
        (void)close(open("burnt", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    } else if (strcmp(word, "lie") == 0) {
        (void)snprintf(lie, sizeof(lie), "%.31s", second);
    } else if (word[0] != '\0') {
        (void)snprintf(misbehaviour, sizeof(misbehaviour), "%s", word);
    }
}

static void read_script(const char *name)
{
    FILE *file = fopen(name, "r");
    char line[512];

    if (file == NULL)
        fail(name);
    while (fgets(line, sizeof(line), file) != NULL) {
        int nth = 0;
        char other[64];

        line[strcspn(line, "\n")] = '\0';
        if (sscanf(line, "nth %d %63s", &nth, other) != 2) {
            take_line(line);
        } else if (nth == number) {
            read_script(other);
            break;
        }
    }
    (void)fclose(file);
}

/* Fields that cannot be what they say. */
static void tell_lie(void)
{
    struct intensity_point *first = &points[0];

    if (strcmp(lie, "magic") == 0)
        answer.magic ^= 1;
    else if (strcmp(lie, "version") == 0)
        answer.version++;
    else if (strcmp(lie, "count") == 0)
        answer.point_count = FETCH_POINTS_MAX + 1;
    else if (strcmp(lie, "more") == 0)
        answer.point_count++;
    else if (strcmp(lie, "steps") == 0)
        answer.step_count = FETCH_CHAIN_MAX + 1;
    else if (strcmp(lie, "unended") == 0)
        memset(answer.origin.source, 'x', sizeof(answer.origin.source));
    else if (strcmp(lie, "escape") == 0)
        (void)snprintf(answer.origin.source_short, sizeof(answer.origin.source_short), "\033[2J");
    else if (strcmp(lie, "band") == 0)
        answer.origin.band_ratio = NAN;
    else if (strcmp(lie, "outcome") == 0)
        answer.steps[0].outcome = (enum fetch_outcome)99;
    else if (strcmp(lie, "negative") == 0)
        first->gco2e_per_kwh = -1;
    else if (strcmp(lie, "infinite") == 0)
        first->gco2e_per_kwh = INFINITY;
    else if (strcmp(lie, "enormous") == 0)
        first->gco2e_per_kwh = 5001;
    else if (strcmp(lie, "quality") == 0)
        first->quality = (enum intensity_point_quality)7;
    else if (strcmp(lie, "order") == 0)
        first->wall_ns = INT64_MAX;
}

static void put(const void *bytes, size_t length)
{
    const char *at = bytes;

    while (length > 0) {
        ssize_t written = write(STDOUT_FILENO, at, length);

        if (written <= 0)
            exit(6);
        at += written;
        length -= (size_t)written;
    }
}

static void misbehave(void)
{
    static const char zeros[65536];

    if (strcmp(misbehaviour, "hang") == 0) {
        (void)signal(SIGTERM, SIG_IGN);
        for (;;)
            (void)pause();
    } else if (strcmp(misbehaviour, "die") == 0) {
        (void)raise(SIGUSR1); /* which a sanitizer does not take for its own */
    } else if (strcmp(misbehaviour, "exit") == 0) {
        exit(1);
    } else if (strcmp(misbehaviour, "nothing") == 0) {
        exit(0);
    } else if (strcmp(misbehaviour, "garbage") == 0) {
        put("HTTP/1.1 200 OK\r\n\r\n<html>", 25);
        exit(0);
    } else if (strcmp(misbehaviour, "short") == 0) {
        put(&answer, sizeof(answer) / 2);
        exit(0);
    } else if (strcmp(misbehaviour, "huge") == 0) {
        for (;;)
            put(zeros, sizeof(zeros));
    }
}

int main(void)
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *slash;

    if (length <= 0)
        fail("self");
    self[length] = '\0';
    slash = strrchr(self, '/');
    *slash = '\0';
    read_question();
    if (chdir(self) < 0)
        fail(self);
    leave_note();
    read_script("script");
    misbehave();
    if (answer.status == 0 && question.choice_count > 0) {
        const char *last = question.choices[question.choice_count - 1].provider;

        (void)snprintf(answer.origin.provider, sizeof(answer.origin.provider), "%s", last);
        add_step(last, FETCH_USED, "");
    }
    if (answer.status < 0)
        answer.point_count = 0;
    tell_lie();
    put(&answer, sizeof(answer));
    put(points, (answer.point_count < POINTS_MAX ? answer.point_count : 1) * sizeof(points[0]) -
                    (strcmp(lie, "more") == 0 ? sizeof(points[0]) : 0));
    if (strcmp(misbehaviour, "long") == 0)
        put("x", 1);
    return 0;
}
