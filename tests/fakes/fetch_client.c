/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fakes/fetch_client.c - asks a fetcher what its arguments say, and prints the answer as JSON */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json_out.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "model/fetch.h"

/*
 * fetch_client FETCHER [name=value ...]: country= zone= cloud= region= what=location from= to= (seconds) deadline=
 * (milliseconds) forecast=1 marginal=1 offline=1 expired= cache= secrets= ca=, and for each choice, in turn,
 * provider= url= secret=. cut=N sends the first N bytes alone; spoil=1 another magic.
 */
static struct fetch_question question = {
    .magic = FETCH_MAGIC,
    .version = FETCH_VERSION,
    .what = FETCH_WINDOW,
    .deadline_ms = 40000, /* on any machine */
};

static size_t cut = sizeof(question);

static bool set_number(const char *name, const char *value)
{
    int64_t number;

    if (!number_parse_i64(value, &number))
        return false;
    if (strcmp(name, "from") == 0)
        question.from_wall_ns = number * INT64_C(1000000000);
    else if (strcmp(name, "to") == 0)
        question.to_wall_ns = number * INT64_C(1000000000);
    else if (strcmp(name, "deadline") == 0)
        question.deadline_ms = number;
    else if (strcmp(name, "forecast") == 0)
        question.forecast = number != 0;
    else if (strcmp(name, "marginal") == 0)
        question.marginal = number != 0;
    else if (strcmp(name, "offline") == 0)
        question.offline = number != 0;
    else if (strcmp(name, "cut") == 0)
        cut = (size_t)number;
    else if (strcmp(name, "spoil") == 0)
        question.magic++;
    else
        return false;
    return true;
}

static bool set(const char *name, const char *value)
{
    struct fetch_choice *choice =
        &question.choices[question.choice_count == 0 ? 0 : question.choice_count - 1];
    const struct {
        const char *name;
        char *field;
        size_t size;
    } texts[] = {
        { "country", question.place.country, sizeof(question.place.country) },
        { "region", question.place.region, sizeof(question.place.region) },
        { "cloud", question.place.cloud, sizeof(question.place.cloud) },
        { "zone", question.place.zone, sizeof(question.place.zone) },
        { "expired", question.expired_from, sizeof(question.expired_from) },
        { "cache", question.cache_dir, sizeof(question.cache_dir) },
        { "secrets", question.secret_dir, sizeof(question.secret_dir) },
        { "ca", question.ca_file, sizeof(question.ca_file) },
        { "url", choice->url, sizeof(choice->url) },
        { "secret", choice->secret, sizeof(choice->secret) },
    };

    if (strcmp(name, "provider") == 0) {
        choice = &question.choices[question.choice_count++];
        return snprintf(choice->provider, sizeof(choice->provider), "%s", value) <
               (int)sizeof(choice->provider);
    }
    if (strcmp(name, "what") == 0) {
        question.what = FETCH_LOCATION;
        return true;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        if (strcmp(name, texts[i].name) == 0)
            return snprintf(texts[i].field, texts[i].size, "%s", value) < (int)texts[i].size;
    }
    return set_number(name, value);
}

static size_t read_whole(int fd, void *out, size_t size)
{
    size_t used = 0;

    while (used < size) {
        ssize_t got = read(fd, (char *)out + used, size - used);

        if (got <= 0)
            break;
        used += (size_t)got;
    }
    return used;
}

static void print_points(struct json_out *json, int fd, uint32_t count)
{
    static const char *const qualities[] = { "measured", "estimated", "forecast" };
    struct intensity_point *points = calloc(count + 1, sizeof(*points));

    json_array_begin(json, "points");
    if (points != NULL &&
        read_whole(fd, points, count * sizeof(*points)) == count * sizeof(*points)) {
        json_bool(json, NULL, fetch_points_check(points, count));
        for (uint32_t i = 0; i < count; i++) {
            json_array_begin(json, NULL);
            json_int(json, NULL, points[i].wall_ns / 1000000000);
            json_double(json, NULL, points[i].gco2e_per_kwh);
            json_string(json, NULL, qualities[points[i].quality]);
            json_array_end(json);
        }
    }
    json_array_end(json);
    free(points);
}

static void print_answer(const struct fetch_answer *answer, int fd)
{
    struct strbuf text = { 0 };
    struct json_out json;

    json_out_init(&json, &text);
    json_object_begin(&json, NULL);
    json_bool(&json, "good", fetch_answer_check(answer));
    json_int(&json, "status", answer->status);
    json_string(&json, "cloud", answer->cloud);
    json_string(&json, "provider", answer->origin.provider);
    json_string(&json, "zone", answer->origin.zone);
    json_string(&json, "kind", answer->origin.kind);
    json_string(&json, "source", answer->origin.source);
    json_string(&json, "licence", answer->origin.licence);
    json_int(&json, "fetched", answer->origin.fetched_wall_ns / 1000000000);
    json_array_begin(&json, "steps");
    for (uint32_t i = 0; i < answer->step_count; i++) {
        json_array_begin(&json, NULL);
        json_string(&json, NULL, answer->steps[i].provider);
        json_string(&json, NULL, fetch_outcome_name(answer->steps[i].outcome));
        json_string(&json, NULL, answer->steps[i].reason);
        json_array_end(&json);
    }
    json_array_end(&json);
    print_points(&json, fd, answer->point_count);
    json_object_end(&json);
    (void)printf("%s\n", strbuf_text(&text));
    strbuf_deinit(&text);
}

int main(int argc, char **argv)
{
    struct fetch_answer answer;
    int in[2];
    int out[2];
    int status = 0;
    pid_t pid;

    for (int i = 2; i < argc; i++) {
        char *value = strchr(argv[i], '=');

        if (value == NULL)
            return 99;
        *value++ = '\0';
        if (!set(argv[i], value))
            return 99;
    }
    if (argc < 2 || pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
        return 99;
    pid = fork();
    if (pid == 0) {
        (void)dup2(in[0], STDIN_FILENO);
        (void)dup2(out[1], STDOUT_FILENO);
        (void)execl(argv[1], "aico2-fetch", (char *)NULL);
        _exit(98);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    (void)fprintf(stderr, "pid %d\n", (int)pid);
    if (write(in[1], &question, cut) != (ssize_t)cut)
        return 99;
    (void)close(in[1]);
    if (read_whole(out[0], &answer, sizeof(answer)) == sizeof(answer))
        print_answer(&answer, out[0]);
    if (waitpid(pid, &status, 0) < 0)
        return 99;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
