/* SPDX-License-Identifier: Apache-2.0 */
/* importers/carbontracker_log.c - carbontracker's two logs of a training, read by their sentences
 *
 * A line is "2026-11-26 18:21:42 - SENTENCE"; what the output log prints goes on over lines without a time.
 * Facts: carbontracker 1.1.7 to 2.4.7, loggerutil.py and tracker.py.
 */
#include "importers/carbontracker_log.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"
#include "base/text.h"

static const double SECONDS_MAX = 1e8; /* three years */
static const double WATTS_MAX = 1e6;
static const double KWH_MAX = 1e6;

/* Which sum the lines without a time belong to. */
enum block { BLOCK_NONE, BLOCK_PREDICTED, BLOCK_ACTUAL };

struct parse {
    struct log_text *text;
    struct local_time *time;
    struct carbontracker_log *log;
    int64_t now_ns; /* of the last line with a time */
    enum block block;
    size_t list_device; /* the next of a list of powers that goes on in the next line */
    char list_component[16];
    bool in_list;
};

/* The rest of a sentence behind its beginning; NULL: it begins otherwise. */
static const char *behind(const char *sentence, const char *start)
{
    size_t length = strlen(start);

    return strncmp(sentence, start, length) == 0 ? sentence + length : NULL;
}

/* "0:00:01.20" */
static bool take_duration(const char *text, double *seconds_out)
{
    unsigned long long hours;
    unsigned minutes;
    double seconds;
    char rest[16];
    int length = 0;

    if (sscanf(text, "%9llu:%2u:%15[0-9.]%n", &hours, &minutes, rest, &length) != 3 ||
        text[length] != '\0' || !number_parse_double(rest, &seconds) || seconds >= 61 ||
        minutes > 59)
        return false;
    seconds += (double)hours * 3600 + minutes * 60;
    if (seconds > SECONDS_MAX)
        return false;
    *seconds_out = seconds;
    return true;
}

/* "0.000367 kWh": the number before the unit. */
static bool take_kwh(const char *text, double *kwh_out)
{
    char number[48];
    double kwh;

    if (sscanf(text, "%47s kWh", number) != 1 || strstr(text, "kWh") == NULL ||
        !number_parse_double(number, &kwh) || !(kwh >= 0 && kwh <= KWH_MAX))
        return false;
    *kwh_out = kwh;
    return true;
}

static void add_device(struct carbontracker_log *log, const char *component, const char *name,
                       size_t length)
{
    struct carbontracker_device *device = &log->devices[log->device_count];
    char copy[DEVICE_MODEL_SIZE];

    if (log->device_count == CARBONTRACKER_DEVICES_MAX)
        return;
    log->device_count++;
    (void)snprintf(device->component, sizeof(device->component), "%s", component);
    (void)snprintf(copy, sizeof(copy), "%.*s", (int)length, name);
    text_copy_clean(device->name, sizeof(device->name), copy);
}

static void lower_component(char target[16], const char *source, size_t length)
{
    size_t at = 0;

    for (; at < length && at < 15; at++)
        target[at] = source[at] >= 'A' && source[at] <= 'Z' ? (char)(source[at] + 32) : source[at];
    target[at] = '\0';
}

/* " GPU with device(s) A, B. CPU with device(s) C." Names may have points of their own. */
static void take_devices(struct carbontracker_log *log, const char *text)
{
    static const char with[] = " with device(s) ";

    if (log->device_count > 0)
        return;
    for (const char *found = strstr(text, with); found != NULL;) {
        const char *word = found;
        const char *names = found + sizeof(with) - 1;
        const char *next = strstr(names, with);
        const char *end = next != NULL ? next : names + strlen(names);
        char component[16];

        while (word > text && word[-1] != ' ')
            word--;
        lower_component(component, word, (size_t)(found - word));
        while (next != NULL && end > names && end[-1] != ' ') /* over the next component's name */
            end--;
        while (end > names && (end[-1] == ' ' || end[-1] == '.'))
            end--;
        while (names < end) {
            const char *comma = memchr(names, ',', (size_t)(end - names));
            const char *stop = comma != NULL ? comma : end;

            add_device(log, component, names, (size_t)(stop - names));
            names = comma != NULL ? comma + 1 : end;
        }
        found = next;
    }
}

/* The index-th device of a component; one that was not listed is added. Return: -1: there are too many. */
static int find_device(struct carbontracker_log *log, const char *component, size_t index)
{
    for (size_t i = 0; i < log->device_count; i++) {
        if (strcmp(log->devices[i].component, component) == 0 && index-- == 0)
            return (int)i;
    }
    if (log->device_count == CARBONTRACKER_DEVICES_MAX)
        return -1;
    add_device(log, component, "", 0);
    for (size_t i = 0; i < log->epoch_count; i++)
        log->epochs[i].watts[log->device_count - 1] = NAN;
    return (int)log->device_count - 1;
}

static struct carbontracker_epoch *last_epoch(struct carbontracker_log *log)
{
    return log->epoch_count == 0 ? NULL : &log->epochs[log->epoch_count - 1];
}

static int begin_epoch(struct parse *parse, struct aico2_error *err)
{
    struct carbontracker_log *log = parse->log;
    struct carbontracker_epoch *epoch;

    if (log->epoch_count == CARBONTRACKER_EPOCHS_MAX)
        return log_text_fail(parse->text, err, -EFBIG, "more than %d epochs: cut the file",
                             CARBONTRACKER_EPOCHS_MAX);
    if (array_reserve(&log->epochs, &log->epoch_capacity, log->epoch_count + 1,
                      sizeof(*log->epochs)) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    epoch = &log->epochs[log->epoch_count++];
    epoch->end_ns = parse->now_ns;
    epoch->seconds = NAN;
    for (size_t i = 0; i < CARBONTRACKER_DEVICES_MAX; i++)
        epoch->watts[i] = NAN;
    return 0;
}

/* "200.0", "[74.4 61.2]" or the part of such a list that a line has; "None" and 0: nothing was measured. */
static int take_powers(struct parse *parse, const char *words, struct aico2_error *err)
{
    struct carbontracker_epoch *epoch = last_epoch(parse->log);

    parse->in_list = strchr(words, '[') != NULL || parse->in_list;
    while (words += strspn(words, " \t[,]"), words[0] != '\0') {
        size_t length = strcspn(words, " \t[,]");
        char word[48];
        double watts;
        int device;

        (void)snprintf(word, sizeof(word), "%.*s", (int)length, words);
        device = find_device(parse->log, parse->list_component, parse->list_device++);
        words += length;
        if (strcmp(word, "None") == 0 || strcmp(word, "nan") == 0)
            continue;
        if (!number_parse_double(word, &watts) || !(watts >= 0 && watts <= WATTS_MAX)) {
            parse->in_list = false;
            return log_text_skip(parse->text, err, "'%.30s' is no power in W", word);
        }
        if (device >= 0 && watts > 0)
            epoch->watts[device] = watts;
    }
    if (strchr(parse->text->line, ']') != NULL)
        parse->in_list = false;
    return 0;
}

/* " gpu: [74.4 61.2]" behind "Average power usage (W) for". */
static int begin_powers(struct parse *parse, const char *rest, struct aico2_error *err)
{
    const char *colon = strchr(rest, ':');

    if (colon == NULL || last_epoch(parse->log) == NULL)
        return log_text_skip(parse->text, err, "a power of no epoch");
    lower_component(parse->list_component, rest, (size_t)(colon - rest));
    parse->list_device = 0;
    return take_powers(parse, colon + 1, err);
}

static int take_standard(struct parse *parse, const char *sentence, struct aico2_error *err)
{
    struct carbontracker_log *log = parse->log;
    struct carbontracker_epoch *epoch = last_epoch(log);
    const char *rest;

    if (behind(sentence, "Epoch ") != NULL)
        return begin_epoch(parse, err);
    if ((rest = behind(sentence, "Duration: ")) != NULL) {
        if (epoch == NULL || !take_duration(rest, &epoch->seconds))
            return log_text_skip(parse->text, err, "'%.30s' is no duration of an epoch", rest);
    } else if ((rest = behind(sentence, "Average power usage (W) for ")) != NULL) {
        return begin_powers(parse, rest, err);
    } else if ((rest = behind(sentence, "The following components were found:")) != NULL) {
        take_devices(log, rest);
    } else if ((rest = behind(sentence, "carbontracker version ")) != NULL) {
        text_copy_clean(log->version, sizeof(log->version), rest);
    } else if ((rest = strstr(sentence, "multiplied by a PUE coefficient of ")) != NULL) {
        char number[16] = "";
        double pue;

        (void)sscanf(rest, "multiplied by a PUE coefficient of %15[0-9.]", number);
        if (number_parse_double(number, &pue) && pue >= 1 && pue <= 10)
            log->pue = pue;
    } else if (behind(sentence, "Training was interrupted") != NULL) {
        log->interrupted = true;
    }
    return 0;
}

/* A line of what the output log printed, behind the one with the time. */
static int take_printed(struct parse *parse, const char *line, struct aico2_error *err)
{
    struct carbontracker_log *log = parse->log;
    const char *words = line + strspn(line, " \t");
    const char *rest;

    if (behind(words, "Predicted consumption") != NULL) {
        parse->block = BLOCK_PREDICTED;
        log->predicts = true;
    } else if (behind(words, "Actual consumption") != NULL) {
        parse->block = BLOCK_ACTUAL;
        log->sum_end_ns = parse->now_ns;
    } else if (parse->block == BLOCK_ACTUAL && (rest = behind(words, "Time:")) != NULL) {
        if (!take_duration(rest + strspn(rest, " \t"), &log->sum_seconds))
            return log_text_skip(parse->text, err, "'%.30s' is no duration", rest);
    } else if (parse->block == BLOCK_ACTUAL && (rest = behind(words, "Energy:")) != NULL) {
        if (!take_kwh(rest, &log->sum_kwh))
            return log_text_skip(parse->text, err, "'%.30s' is no energy in kWh", rest);
    }
    return 0;
}

/* Return: what stands behind "TIME - "; NULL: the line has no time. */
static const char *sentence_of(struct parse *parse)
{
    const char *line = parse->text->line;
    struct stamp stamp;

    if (!stamp_take(parse->time, line, &stamp) || strncmp(line + stamp.length, " - ", 3) != 0)
        return NULL;
    parse->now_ns = stamp.wall_ns;
    return line + stamp.length + 3;
}

static int take_line(struct parse *parse, struct aico2_error *err)
{
    const char *sentence = sentence_of(parse);
    const char *said;

    if (sentence == NULL) {
        if (parse->in_list)
            return take_powers(parse, parse->text->line, err);
        return take_printed(parse, parse->text->line, err);
    }
    parse->in_list = false;
    parse->block = BLOCK_NONE;
    said = behind(sentence, "CarbonTracker:");
    if (said == NULL)
        return take_standard(parse, sentence, err);
    said += strspn(said, " ");
    return behind(said, "The following components were found:") != NULL
               ? take_standard(parse, said, err)
               : take_printed(parse, said, err);
}

int carbontracker_log_read(struct log_text *text, struct local_time *time,
                           struct carbontracker_log *log, struct aico2_error *err)
{
    struct parse parse = { .text = text, .time = time, .log = log };
    int r;

    *log = (struct carbontracker_log){
        .pue = NAN,
        .sum_end_ns = INT64_MIN,
        .sum_seconds = NAN,
        .sum_kwh = NAN,
    };
    while ((r = log_text_next(text, err)) > 0) {
        r = take_line(&parse, err);
        if (r < 0)
            return r;
    }
    return r;
}

void carbontracker_log_deinit(struct carbontracker_log *log)
{
    free(log->epochs);
    log->epochs = NULL;
    log->epoch_count = 0;
}

bool carbontracker_log_is_one(const char *head)
{
    size_t line = strcspn(head, "\r\n");
    const char *dash = memmem(head, line, " - ", 3);

    return dash != NULL && (behind(dash, " - carbontracker version ") != NULL ||
                            behind(dash, " - CarbonTracker:") != NULL);
}
