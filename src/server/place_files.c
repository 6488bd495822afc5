/* SPDX-License-Identifier: Apache-2.0 */
/* server/place_files.c - `--place PLACE=FILE,...`: places of whose hours a file tells */
#include "server/place_files.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "carbon/place.h"
#include "carbon/series.h"
#include "cli/options/own_figures.h"

void place_files_deinit(struct place_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->items[i].path);
    free(files->items);
    *files = (struct place_files){ 0 };
}

const struct place_file *place_files_find(const struct place_files *files, const char *place)
{
    for (size_t i = 0; i < files->count; i++) {
        if (strcmp(files->items[i].place.place, place) == 0)
            return &files->items[i];
    }
    return NULL;
}

static int add(struct place_files *files, const struct intensity *place, const char *path,
               struct aico2_error *err)
{
    struct place_file file = { .place = *place };

    if (files->count == PLACE_FILES_MAX)
        return aico2_error_set(err, -EINVAL, "--place: more than %d places", PLACE_FILES_MAX);
    if (place_files_find(files, place->place) != NULL)
        return aico2_error_set(err, -EINVAL, "--place: '%s' stands twice", place->place);
    file.path = strdup(path);
    if (file.path == NULL || array_reserve(&files->items, &files->capacity, files->count + 1,
                                           sizeof(*files->items)) < 0) {
        free(file.path);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    files->items[files->count++] = file;
    return 0;
}

/* "FR=fr.csv"; taken apart. */
static int add_entry(const struct options *options, struct place_files *files, char *entry,
                     struct aico2_error *err)
{
    AICO2_CLEANUP(intensity_series_deinit) struct intensity_series series = { 0 };
    struct place_query query = { .any = entry, .gco2e_per_kwh = NAN, .basis = PLACE_OPTION };
    struct intensity place;
    char *path = strchr(entry, '=');
    int r;

    if (path == NULL || path == entry || path[1] == '\0')
        return aico2_error_set(err, -EINVAL,
                               "--place: '%.80s': PLACE=FILE is right, a file with the figures of "
                               "that place's hours",
                               entry);
    *path++ = '\0';
    r = own_figures_resolve(options, &query, &place, NULL, err);
    if (r == 0)
        r = intensity_series_read(path, &series, err);
    return r < 0 ? r : add(files, &place, path, err);
}

int place_files_load(const struct options *options, struct place_files *files_out,
                     struct aico2_error *err)
{
    AICO2_CLEANUP(place_files_deinit) struct place_files files = { 0 };

    for (size_t i = 0; i < options_value_count(options, OPT_PLACE); i++) {
        AICO2_CLEANUP(freep) char *entries = strdup(options_text_at(options, OPT_PLACE, i));
        char *rest = entries;
        char *entry;

        if (entries == NULL)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        while ((entry = strsep(&rest, ",")) != NULL) {
            int r = add_entry(options, &files, entry, err);

            if (r < 0)
                return r;
        }
    }
    *files_out = files;
    files = (struct place_files){ 0 };
    return 0;
}
