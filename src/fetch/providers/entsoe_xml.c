/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/providers/entsoe_xml.c - generation per type out of ENTSO-E's documents */
#include "fetch/providers/entsoe_xml.h"

#include <errno.h>
#include <expat.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"
#include "base/time_text.h"

enum { DEPTH_MAX = 12, TEXT_MAX = 256, POSITIONS_MAX = 366 * 96 };

static const int64_t CELL_NS = 900 * NSEC_PER_SEC;

struct reader {
    const struct answer *answer;
    struct mix *mix;
    XML_Parser parser;
    int result;
    int depth;
    bool is_acknowledgement;
    char reason[160];

    char text[TEXT_MAX]; /* of the element that is open */
    size_t text_length;

    /* TimeSeries */
    bool in_series;
    size_t first_cell;
    bool has_area;
    bool is_consumption;
    bool has_unit;
    bool
        repeats; /* a position left out has the value before it (curve A03, and where none is named) */
    int psr;     /* 1 to 25; 0: not said yet */

    /* Period */
    bool in_period;
    int64_t start_ns, end_ns, step_ns;
    uint64_t last_position; /* 0: no point yet */
    double last_megawatts;

    /* Point */
    uint64_t position;
    bool has_quantity;
    double megawatts;
};

/* ENTSO-E's production types, B01 to B25. */
static enum mix_fuel fuel_of(int psr)
{
    static const int fuels[] = {
        [1] = MIX_BIO,      [2] = MIX_COAL,     [3] = MIX_COAL,
        [4] = MIX_GAS,      [5] = MIX_COAL,     [6] = MIX_OIL,
        [7] = MIX_COAL,     [8] = MIX_COAL,     [9] = MIX_GEOTHERMAL,
        [10] = MIX_STORAGE, [11] = MIX_HYDRO,   [12] = MIX_HYDRO,
        [13] = MIX_MARINE,  [14] = MIX_NUCLEAR, [15] = MIX_GEOTHERMAL,
        [16] = MIX_SOLAR,   [17] = MIX_OTHER,   [18] = MIX_WIND_OFFSHORE,
        [19] = MIX_WIND,    [20] = MIX_OTHER,   [21] = MIX_UNKNOWN,
        [22] = MIX_UNKNOWN, [23] = MIX_UNKNOWN, [24] = MIX_UNKNOWN,
        [25] = MIX_STORAGE,
    };

    return (enum mix_fuel)fuels[psr];
}

static void stop(struct reader *reader, int result)
{
    if (reader->result == 0)
        reader->result = result;
    (void)XML_StopParser(reader->parser, XML_FALSE);
}

static void refuse(struct reader *reader, const char *what, const char *value)
{
    if (reader->result == 0)
        stop(reader, answer_wrong(reader->answer, what, value));
}

/* "ns:TimeSeries" and "TimeSeries" alike. */
static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');

    return colon != NULL ? colon + 1 : name;
}

static void begin_series(struct reader *reader)
{
    reader->in_series = true;
    reader->first_cell = reader->mix->count;
    reader->has_area = false;
    reader->is_consumption = false;
    reader->has_unit = false;
    reader->repeats = true;
    reader->psr = 0;
}

static void begin_period(struct reader *reader)
{
    reader->in_period = true;
    reader->start_ns = reader->end_ns = reader->step_ns = 0;
    reader->last_position = 0;
}

static void begin_document(struct reader *reader, const char *name)
{
    reader->is_acknowledgement = strcmp(name, "Acknowledgement_MarketDocument") == 0;
    if (!reader->is_acknowledgement && strcmp(name, "GL_MarketDocument") != 0)
        refuse(reader, "an unknown document", name);
}

static void XMLCALL on_start(void *payload, const char *full_name, const char **attributes)
{
    struct reader *reader = payload;
    const char *name = local_name(full_name);

    (void)attributes;
    reader->text_length = 0;
    if (reader->depth == 0)
        begin_document(reader, name);
    else if (strcmp(name, "TimeSeries") == 0)
        begin_series(reader);
    else if (strcmp(name, "Period") == 0)
        begin_period(reader);
    else if (strcmp(name, "Point") == 0)
        reader->position = 0, reader->has_quantity = false;
    if (++reader->depth > DEPTH_MAX)
        refuse(reader, "elements nested too deep", name);
}

static void XMLCALL on_text(void *payload, const char *text, int length)
{
    struct reader *reader = payload;
    size_t space = sizeof(reader->text) - 1 - reader->text_length;
    size_t taken = (size_t)length < space ? (size_t)length : space;

    memcpy(reader->text + reader->text_length, text, taken);
    reader->text_length += taken;
}

static void XMLCALL on_doctype(void *payload, const char *name, const char *system_id,
                               const char *public_id, int has_subset)
{
    (void)system_id;
    (void)public_id;
    (void)has_subset;
    refuse(payload, "the answer declares a DOCTYPE", name);
}

/* From one position to before another, both from 1 on. */
static void add_cells(struct reader *reader, uint64_t from, uint64_t before, double megawatts)
{
    int64_t wall_ns = reader->start_ns + (int64_t)(from - 1) * reader->step_ns;
    int64_t end_ns = reader->start_ns + (int64_t)(before - 1) * reader->step_ns;

    for (; wall_ns < end_ns && reader->result == 0; wall_ns += CELL_NS) {
        int r = mix_add(reader->answer, reader->mix, wall_ns, 0, MIX_OTHER, megawatts);

        if (r < 0)
            stop(reader, r);
    }
}

static void add_last(struct reader *reader, uint64_t before)
{
    if (reader->last_position == 0)
        return;
    if (!reader->repeats)
        before = reader->last_position + 1;
    add_cells(reader, reader->last_position, before, reader->last_megawatts);
}

static uint64_t position_count(const struct reader *reader)
{
    return (uint64_t)((reader->end_ns - reader->start_ns) / reader->step_ns);
}

static void end_point(struct reader *reader)
{
    char shown[32];

    if (!reader->in_period || reader->step_ns == 0 || reader->end_ns <= reader->start_ns ||
        (reader->end_ns - reader->start_ns) % reader->step_ns != 0 ||
        position_count(reader) > POSITIONS_MAX) {
        refuse(reader, "a point outside of a whole period", "Point");
        return;
    }
    (void)snprintf(shown, sizeof(shown), "%llu", (unsigned long long)reader->position);
    if (reader->position <= reader->last_position || reader->position > position_count(reader))
        refuse(reader, "a position that does not rise within its period", shown);
    else if (!reader->has_quantity)
        refuse(reader, "a point without a quantity", shown);
    if (reader->result != 0)
        return;

    add_last(reader, reader->position);
    reader->last_position = reader->position;
    reader->last_megawatts = reader->megawatts;
}

static void end_period(struct reader *reader)
{
    if (reader->last_position > 0)
        add_last(reader, position_count(reader) + 1);
    reader->in_period = false;
}

/* What of it counts is known only now. */
static void end_series(struct reader *reader)
{
    struct mix *mix = reader->mix;

    reader->in_series = false;
    if (reader->is_consumption) {
        mix->count = reader->first_cell;
        return;
    }
    if (!reader->has_area || !reader->has_unit || reader->psr == 0) {
        refuse(reader, "a series without its area, unit or type", "TimeSeries");
        return;
    }
    for (size_t i = reader->first_cell; i < mix->count; i++) {
        mix->cells[i].series = reader->psr;
        mix->cells[i].fuel = (int)fuel_of(reader->psr);
    }
}

static void take_area(struct reader *reader, const char *text, bool is_consumption)
{
    reader->has_area = true;
    reader->is_consumption = reader->is_consumption || is_consumption;
    if (strcmp(text, reader->answer->query->zone) != 0)
        refuse(reader, "the answer is for another area", text);
}

static void take_type(struct reader *reader, const char *text)
{
    uint64_t number = 0;

    if (text[0] != 'B' || strlen(text) != 3 || !number_parse_u64(text + 1, &number) || number < 1 ||
        number > 25 || fuel_of((int)number) == MIX_UNKNOWN)
        refuse(reader, "an unknown type of production", text);
    else
        reader->psr = (int)number;
}

static void take_resolution(struct reader *reader, const char *text)
{
    static const char *const names[] = { "PT15M", "PT30M", "PT60M", "PT1H" };
    static const int64_t cells[] = { 1, 2, 4, 4 };
    int i = text_index(text, names, ARRAY_LENGTH(names));

    if (i < 0)
        refuse(reader, "an unknown resolution", text);
    else
        reader->step_ns = cells[i] * CELL_NS;
}

static void take_time(struct reader *reader, const char *text, int64_t *ns_out)
{
    if (!answer_time_parse(text, false, ns_out))
        refuse(reader, "not a time with its zone", text);
}

static void take_series_field(struct reader *reader, const char *name, const char *text)
{
    if (strcmp(name, "inBiddingZone_Domain.mRID") == 0)
        take_area(reader, text, false);
    else if (strcmp(name, "outBiddingZone_Domain.mRID") == 0)
        take_area(reader, text, true);
    else if (strcmp(name, "psrType") == 0)
        take_type(reader, text);
    else if (strcmp(name, "curveType") == 0)
        reader->repeats = strcmp(text, "A01") != 0;
    else if (strcmp(name, "quantity_Measure_Unit.name") == 0) {
        reader->has_unit = true;
        if (strcmp(text, "MAW") != 0)
            refuse(reader, "an unknown unit", text);
    }
}

static void take_period_field(struct reader *reader, const char *name, const char *text)
{
    if (strcmp(name, "start") == 0)
        take_time(reader, text, &reader->start_ns);
    else if (strcmp(name, "end") == 0)
        take_time(reader, text, &reader->end_ns);
    else if (strcmp(name, "resolution") == 0)
        take_resolution(reader, text);
    else if (strcmp(name, "position") == 0) {
        if (!number_parse_u64(text, &reader->position))
            refuse(reader, "not a position", text);
    } else if (strcmp(name, "quantity") == 0) {
        reader->has_quantity = true;
        if (!number_parse_double(text, &reader->megawatts))
            refuse(reader, "not a number", text);
    }
}

static void XMLCALL on_end(void *payload, const char *full_name)
{
    struct reader *reader = payload;
    const char *name = local_name(full_name);

    reader->depth--;
    reader->text[reader->text_length] = '\0';
    if (reader->is_acknowledgement) {
        if (strcmp(name, "text") == 0)
            text_copy_clean(reader->reason, sizeof(reader->reason), reader->text);
    } else if (strcmp(name, "Point") == 0) {
        end_point(reader);
    } else if (strcmp(name, "Period") == 0) {
        end_period(reader);
    } else if (strcmp(name, "TimeSeries") == 0) {
        end_series(reader);
    } else if (reader->in_period) {
        take_period_field(reader, name, reader->text);
    } else if (reader->in_series) {
        take_series_field(reader, name, reader->text);
    }
    reader->text_length = 0;
}

static int parse(struct reader *reader, const char *body, size_t length)
{
    struct aico2_error *err = reader->answer->err;
    char shown[ANSWER_SHOWN_SIZE];
    enum XML_Status status;

    if (length == 0)
        return aico2_error_set(err, -EBADMSG, "the answer is empty");
    if (length > INT_MAX)
        return aico2_error_set(err, -EBADMSG, "an answer of %zu bytes", length);
    reader->parser = XML_ParserCreate(NULL);
    if (reader->parser == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");

    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reader->parser, on_text);
    XML_SetStartDoctypeDeclHandler(reader->parser, on_doctype);
    status = XML_Parse(reader->parser, body, (int)length, XML_TRUE);
    if (reader->result == 0 && status != XML_STATUS_OK) {
        answer_show(shown, body, length);
        reader->result =
            aico2_error_set(err, -EBADMSG, "the answer is no XML (%s, line %lu): '%s'",
                            XML_ErrorString(XML_GetErrorCode(reader->parser)),
                            (unsigned long)XML_GetCurrentLineNumber(reader->parser), shown);
    }
    XML_ParserFree(reader->parser);
    return reader->result;
}

int entsoe_read(const struct answer *answer, const char *body, size_t length, struct mix *mix)
{
    struct reader reader = { .answer = answer, .mix = mix };
    int r = parse(&reader, body, length);

    if (r < 0)
        return r;
    /* "No matching data found for Data item ..." comes as if it were an error, often with a status of 200 */
    if (reader.is_acknowledgement && strncmp(reader.reason, "No matching data", 16) != 0)
        return answer_wrong(answer, "refused", reader.reason);
    return 0;
}

bool entsoe_reason(const char *body, size_t length, char text_out[160])
{
    static const struct provider_query query;
    struct aico2_error err = { 0 };
    struct mix mix = { 0 };
    const struct answer answer = { .query = &query, .err = &err };
    struct reader reader = { .answer = &answer, .mix = &mix };
    bool found = parse(&reader, body, length) == 0 && reader.reason[0] != '\0';

    if (found)
        memcpy(text_out, reader.reason, sizeof(reader.reason));
    mix_deinit(&mix);
    return found;
}
