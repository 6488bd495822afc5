/* SPDX-License-Identifier: Apache-2.0 */
/* config/load.c - the layers of options, laid over each other from the defaults up */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fs.h"
#include "base/strbuf.h"
#include "config/arguments.h"
#include "config/config_file.h"

static const char *get_from_process(void *payload, const char *name)
{
    (void)payload;
    return getenv(name);
}

const struct options_env options_env_system = {
    .get = get_from_process,
    .cwd_fd = AT_FDCWD,
    .system_dir = "/etc/aico2",
};

static int load_defaults(struct options *options, const struct command *command,
                         struct aico2_error *err)
{
    struct option_source source = { .origin = ORIGIN_DEFAULT };
    /* `config` shows what `run` would take */
    bool as_run = (command->bit & (COMMAND_RUN | COMMAND_CONFIG)) != 0;

    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        const struct option_row *row = &option_rows[i];
        const char *text =
            as_run && row->fallback_of_run != NULL ? row->fallback_of_run : row->fallback;
        int r;

        if (text == NULL)
            continue;
        r = option_set(options, &source, row, false, text, "", row->name, err);
        if (r < 0)
            return r;
    }
    return 0;
}

struct name_list {
    char **names;
    size_t count;
    size_t capacity;
};

static void name_list_deinit(struct name_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->names[i]);
    free(list->names);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_config_name(const char *name)
{
    size_t length = strlen(name);

    return name[0] != '.' && length > 4 && strcmp(name + length - 4, ".yml") == 0;
}

/* scandir() would sort by the locale: the order of the files must not depend on it. */
static int list_names(DIR *directory, struct name_list *list, struct aico2_error *err)
{
    const struct dirent *entry;

    while ((entry = readdir(directory)) != NULL) {
        if (!is_config_name(entry->d_name))
            continue;
        if (array_reserve(&list->names, &list->capacity, list->count + 1, sizeof(char *)) < 0)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        list->names[list->count] = strdup(entry->d_name);
        if (list->names[list->count] == NULL)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        list->count++;
    }
    if (list->count > 1)
        qsort(list->names, list->count, sizeof(char *), compare_names);
    return 0;
}

static int load_directory(struct options *options, const char *path, struct aico2_error *err)
{
    AICO2_CLEANUP(name_list_deinit) struct name_list list = { 0 };
    DIR *directory = opendir(path);
    int r;

    if (directory == NULL) {
        if (errno == ENOENT || errno == ENOTDIR)
            return 0;
        return aico2_error_set_errno(err, errno, "cannot read directory %s", path);
    }
    r = list_names(directory, &list, err);
    for (size_t i = 0; r == 0 && i < list.count; i++) {
        AICO2_CLEANUP(strbuf_deinit) struct strbuf shown = { 0 };

        strbuf_printf(&shown, "%s/%s", path, list.names[i]);
        r = shown.failed ? aico2_error_set(err, -ENOMEM, "out of memory")
                         : config_file_apply(options, ORIGIN_SYSTEM_FILE, dirfd(directory),
                                             list.names[i], strbuf_text(&shown), err);
    }
    (void)closedir(directory);
    return r;
}

/* dir/rest, without a word when dir is not usable. */
static int load_file(struct options *options, enum option_origin origin, const char *dir,
                     const char *rest, struct aico2_error *err)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf path = { 0 };

    strbuf_printf(&path, "%s/%s", dir, rest);
    if (path.failed)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    return config_file_apply(options, origin, AT_FDCWD, strbuf_text(&path), strbuf_text(&path),
                             err);
}

static int load_system(struct options *options, const struct options_env *env,
                       struct aico2_error *err)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf path = { 0 };
    int r;

    if (env->system_dir == NULL)
        return 0;
    r = load_file(options, ORIGIN_SYSTEM_FILE, env->system_dir, "aico2.yml", err);
    if (r < 0)
        return r;
    strbuf_printf(&path, "%s/aico2.d", env->system_dir);
    if (path.failed)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    return load_directory(options, strbuf_text(&path), err);
}

/* XDG base directories 0.8: a relative path is to be ignored. */
static int load_user(struct options *options, const struct options_env *env,
                     struct aico2_error *err)
{
    const char *dir = env->get(env->payload, "XDG_CONFIG_HOME");

    if (dir != NULL && dir[0] == '/')
        return load_file(options, ORIGIN_USER_FILE, dir, "aico2/aico2.yml", err);
    dir = env->get(env->payload, "HOME");
    if (dir == NULL || dir[0] != '/')
        return 0;
    return load_file(options, ORIGIN_USER_FILE, dir, ".config/aico2/aico2.yml", err);
}

static void environment_name(char name_out[48], const char *prefix, const char *option)
{
    (void)snprintf(name_out, 48, "AICO2_%s%s", prefix, option);
    for (char *at = name_out; *at != '\0'; at++) {
        if (*at == '-')
            *at = '_';
        else if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
    }
}

static int load_variable(struct options *options, struct option_source *source,
                         const struct option_row *row, bool negated, const struct options_env *env,
                         struct aico2_error *err)
{
    char name[48];
    const char *text;

    environment_name(name, negated ? "NO_" : "", row->name);
    text = env->get(env->payload, name);
    if (text == NULL ||
        text[0] == '\0') /* set to nothing is how a shell unsets one for a command */
        return 0;
    return option_set(options, source, row, negated, text, name, name, err);
}

static int load_environment(struct options *options, const struct options_env *env,
                            struct aico2_error *err)
{
    struct option_source source = { .origin = ORIGIN_ENVIRONMENT };

    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        const struct option_row *row = &option_rows[i];
        int r = load_variable(options, &source, row, false, env, err);

        if (r == 0 && row->id == OPT_EMBODIED) /* --no-embodied is a name of the interface */
            r = load_variable(options, &source, row, true, env, err);
        if (r < 0)
            return r;
    }
    return 0;
}

static int load_layers(struct options *options, const struct command *command,
                       const struct options_env *env, struct aico2_error *err)
{
    int r = load_defaults(options, command, err);

    if (r == 0)
        r = load_system(options, env, err);
    if (r == 0)
        r = load_user(options, env, err);
    if (r == 0)
        r = config_file_apply(options, ORIGIN_LOCAL_FILE, env->cwd_fd, ".aico2.yml", "./.aico2.yml",
                              err);
    if (r == 0)
        r = load_environment(options, env, err);
    return r;
}

int options_load(struct options *options_out, int argc, char **argv, const struct command *command,
                 const struct options_env *env, struct operands *operands_out,
                 struct aico2_error *err)
{
    AICO2_CLEANUP(options_deinit) struct options given = { 0 };
    struct operands operands = { 0 };
    int r;

    *options_out = (struct options){ 0 };
    /* the command line first: its mistakes and its --help come before those of files */
    r = arguments_parse(&given, argc, argv, command, &operands, err);
    if (r != 0)
        return r;

    r = load_layers(options_out, command, env, err);
    if (r < 0) {
        options_deinit(options_out);
        return r;
    }
    options_overlay(options_out, &given);
    *operands_out = operands;
    return 0;
}
