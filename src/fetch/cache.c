/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/cache.c - what providers answered, kept on disk by provider, zone, kind and day (docs/live.md) */
#include "fetch/cache.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/csv.h"
#include "base/digest.h"
#include "base/number.h"
#include "base/text.h"
#include "base/time_text.h"
#include "fetch/store.h"

enum { FILE_MAX = 1 << 20, NAME_SIZE = 192, COLUMNS = 4 };

static const int64_t DAY_NS = 86400 * NSEC_PER_SEC;
static const double INTENSITY_MOST = 5000;
static const char COLUMN_NAMES[] = "time,gco2e_per_kwh,quality,fetched\n";

static const char *const kinds[] = {
    [PIECE_MEASURED] = "measured", [PIECE_ESTIMATED] = "estimated", [PIECE_FORECAST] = "forecast",
    [PIECE_NONE] = "none",         [PIECE_UNASKED] = "unasked",
};

/* --- names --- */

static int64_t day_of(int64_t wall_ns)
{
    return wall_ns - ((wall_ns % DAY_NS) + DAY_NS) % DAY_NS;
}

/* "FR.average.2026-11-26.csv"; of an address that is not the provider's own with a digest of it. */
static void file_name(char name[NAME_SIZE], const struct cache_key *key, int64_t day_ns)
{
    char zone[sizeof(((struct fetch_place *)0)->zone)];
    char day[32];
    const char *own = key->provider->default_url;
    char address[24] = "";

    (void)snprintf(zone, sizeof(zone), "%s", key->zone);
    for (char *at = zone; *at != '\0'; at++) {
        if (!isalnum((unsigned char)*at) && strchr("-_", *at) == NULL)
            *at = '+'; /* a zone's file that is another's is told by its header */
    }
    if (own == NULL || strcmp(own, key->url) != 0) {
        struct digest digest = DIGEST_NULL;
        unsigned char bytes[DIGEST_SIZE];

        digest_add(&digest, key->url, strlen(key->url));
        digest_bytes(&digest, bytes);
        (void)snprintf(address, sizeof(address), ".%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2],
                       bytes[3]);
    }
    wall_time_format(day, sizeof(day), day_ns);
    (void)snprintf(name, NAME_SIZE, "%s.%s%s.%.10s.csv", zone,
                   key->marginal ? "marginal" : "average", address, day);
}

/* --- text --- */

static void add_header(struct strbuf *text, const char *name, const char *value)
{
    csv_add_cell(text, true, false, name);
    csv_add_cell(text, false, false, value);
    strbuf_add(text, "\n");
}

static void format(const struct cache_key *key, const struct timeline *timeline,
                   struct strbuf *text)
{
    strbuf_add(text, "aico2 intensity,1\n");
    add_header(text, "provider", key->provider->name);
    add_header(text, "zone", key->zone);
    add_header(text, "signal", key->marginal ? "marginal" : "average");
    add_header(text, "kind", key->kind);
    add_header(text, "url", key->url);
    add_header(text, "source", key->provider->source);
    add_header(text, "licence", key->provider->licence);
    strbuf_add(text, COLUMN_NAMES);
    for (size_t i = 0; i < timeline->count; i++) {
        const struct piece *piece = &timeline->pieces[i];
        char begin[32];
        char fetched[32];
        char value[32] = "";

        wall_time_format(begin, sizeof(begin), piece->wall_ns);
        wall_time_format(fetched, sizeof(fetched), piece->fetched_wall_ns);
        if (piece->kind < PIECE_NONE)
            (void)number_format_double(value, sizeof(value), piece->gco2e_per_kwh);
        strbuf_printf(text, "%s,%s,%s,%s\n", begin, value, kinds[piece->kind], fetched);
    }
}

static bool is_row(const struct csv_reader *csv, const char *name, const char *value)
{
    return csv->count == 2 && strcmp(csv->cells[0], name) == 0 &&
           (value == NULL || strcmp(csv->cells[1], value) == 0);
}

/* Source and licence stand there for whoever looks into the file. */
static int parse_header(struct csv_reader *csv, const struct cache_key *key)
{
    const struct {
        const char *name;
        const char *value;
    } rows[] = {
        { "aico2 intensity", "1" }, { "provider", key->provider->name },
        { "zone", key->zone },      { "signal", key->marginal ? "marginal" : "average" },
        { "kind", key->kind },      { "url", key->url },
        { "source", NULL },         { "licence", NULL },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        int r = csv_reader_next(csv, NULL);

        if (r < 0)
            return r;
        if (r == 0 || !is_row(csv, rows[i].name, rows[i].value))
            return -EBADMSG;
    }
    return csv_reader_next(csv, NULL) == 1 && csv->count == COLUMNS ? 0 : -EBADMSG;
}

static bool parse_piece(const struct csv_reader *csv, struct piece *out)
{
    int kind;

    if (csv->count != COLUMNS || !wall_time_parse(csv->cells[0], &out->wall_ns) ||
        !wall_time_parse(csv->cells[3], &out->fetched_wall_ns))
        return false;
    kind = text_index(csv->cells[2], kinds, ARRAY_LENGTH(kinds));
    if (kind < 0)
        return false;
    out->kind = (enum piece_kind)kind;
    out->gco2e_per_kwh = NAN;
    if (out->kind >= PIECE_NONE)
        return csv->cells[1][0] == '\0';
    return number_parse_double(csv->cells[1], &out->gco2e_per_kwh) && out->gco2e_per_kwh >= 0 &&
           out->gco2e_per_kwh <= INTENSITY_MOST;
}

static int parse_pieces(struct csv_reader *csv, const struct timespan *day,
                        struct timeline *timeline)
{
    int64_t before_ns = day->from_ns - 1;
    int r;

    while ((r = csv_reader_next(csv, NULL)) == 1) {
        struct piece piece;

        if (!parse_piece(csv, &piece) || piece.wall_ns <= before_ns || piece.wall_ns > day->to_ns)
            return -EBADMSG;
        before_ns = piece.wall_ns;
        r = timeline_add(timeline, &piece);
        if (r < 0)
            return r;
    }
    if (r < 0)
        return r;
    /* a file that was cut off does not end so */
    return timeline->count > 0 && timeline->pieces[timeline->count - 1].kind == PIECE_UNASKED
               ? 0
               : -EBADMSG;
}

int cache_parse(char *text, const struct cache_key *key, const struct timespan *day,
                struct timeline *timeline_out)
{
    AICO2_CLEANUP(csv_reader_deinit) struct csv_reader csv = { 0 };
    struct timeline timeline = { 0 };
    int r;

    csv_reader_init(&csv, text);
    r = parse_header(&csv, key);
    if (r == 0)
        r = parse_pieces(&csv, day, &timeline);
    if (r < 0) {
        timeline_deinit(&timeline);
        return r;
    }
    timeline_deinit(timeline_out);
    *timeline_out = timeline;
    return 0;
}

/* --- files --- */

static int load_day(int dirfd, const struct cache_key *key, int64_t day_ns,
                    struct timeline *timeline_out)
{
    AICO2_CLEANUP(freep) char *text = NULL;
    struct timespan day = { day_ns, day_ns + DAY_NS };
    char name[NAME_SIZE];
    int length;

    file_name(name, key, day_ns);
    length = store_read(dirfd, name, FILE_MAX, &text);
    if (length < 0)
        return length;
    if (strlen(text) != (size_t)length)
        return -EBADMSG;
    return cache_parse(text, key, &day, timeline_out);
}

int cache_load(int dirfd, const struct cache_key *key, const struct timespan *span,
               struct timeline *timeline_out)
{
    struct timeline all = { 0 };
    int r = 0;

    for (int64_t day = day_of(span->from_ns); dirfd >= 0 && day < span->to_ns; day += DAY_NS) {
        AICO2_CLEANUP(timeline_deinit) struct timeline one = { 0 };

        r = load_day(dirfd, key, day, &one);
        if (r == 0 && one.count > 0) {
            /* what the day before did not end with, this one begins with */
            if (all.count > 0 && all.pieces[all.count - 1].wall_ns == one.pieces[0].wall_ns)
                all.count--;
            for (size_t i = 0; i < one.count && r == 0; i++)
                r = timeline_add(&all, &one.pieces[i]);
        }
        if (r == -ENOMEM) {
            timeline_deinit(&all);
            return r;
        }
    }
    timeline_deinit(timeline_out);
    *timeline_out = all;
    return 0;
}

static int save_day(int dirfd, const struct cache_key *key, int64_t day_ns,
                    const struct timeline *timeline)
{
    AICO2_CLEANUP(timeline_deinit) struct timeline there = { 0 };
    AICO2_CLEANUP(timeline_deinit) struct timeline slice = { 0 };
    AICO2_CLEANUP(timeline_deinit) struct timeline merged = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    struct timespan day = { day_ns, day_ns + DAY_NS };
    char name[NAME_SIZE];
    int r = timeline_slice(timeline, &day, &slice);

    if (r < 0 || slice.count == 0)
        return r;
    (void)load_day(dirfd, key, day_ns, &there);
    r = timeline_overlay(&there, &slice, &merged);
    if (r < 0 || merged.count == 0)
        return r;
    format(key, &merged, &text);
    if (text.failed)
        return -ENOMEM;
    file_name(name, key, day_ns);
    return store_replace(dirfd, name, text.text, text.length);
}

int cache_save(int dirfd, const struct cache_key *key, const struct timeline *timeline)
{
    int r = 0;

    if (dirfd < 0 || timeline->count == 0)
        return 0;
    for (int64_t day = day_of(timeline->pieces[0].wall_ns);
         day < timeline->pieces[timeline->count - 1].wall_ns && r == 0; day += DAY_NS)
        r = save_day(dirfd, key, day, timeline);
    return r;
}
