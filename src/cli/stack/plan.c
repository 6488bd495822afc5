/* SPDX-License-Identifier: Apache-2.0 */
/* cli/stack/plan.c - what `aico2 up` and `aico2 down` are asked for, out of their options */
#include "cli/stack/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fs.h"
#include "base/number.h"
#include "base/own_program.h"
#include "stack/directory.h"
#include "stack/service.h"

/* Where packages put what belongs to administrators, and who unpacks an archive puts it. */
#define SYSTEM_FOLDERS "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
/* From the program's own folder, as it is installed, and in a build directory. */
#define RULES_INSTALLED "../../share/aico2/prometheus/aico2.rules.yml"
#define RULES_BUILT "../../contrib/aico2.rules.yml"

static int set_port(struct stack_plan *plan, const char *word, struct aico2_error *err)
{
    const char *sign = strchr(word, '=');
    char name[32];
    int64_t port;
    int index;

    if (sign == NULL || (size_t)(sign - word) >= sizeof(name))
        return aico2_error_set(err, -EINVAL, "--port '%s': not SERVICE=PORT, as in node=9101",
                               word);
    (void)snprintf(name, sizeof(name), "%.*s", (int)(sign - word), word);
    index = service_find(name);
    if (index < 0) {
        char known[256] = "";

        for (size_t i = 0; i < service_row_count; i++) {
            size_t length = strlen(known);

            (void)snprintf(known + length, sizeof(known) - length, "%s%s", i > 0 ? ", " : "",
                           service_rows[i].name);
        }
        return aico2_error_set(err, -EINVAL, "--port '%s': no such service: %s", word, known);
    }
    if (!number_parse_i64(sign + 1, &port) || port < 0 || port > UINT16_MAX)
        return aico2_error_set(err, -EINVAL, "--port '%s': not a port: 1 to 65535, or 0", word);
    plan->wishes[index].port = (int32_t)port;
    return 0;
}

static int set_wishes(const struct options *options, struct stack_plan *plan,
                      struct aico2_error *err)
{
    static const struct {
        const char *service;
        enum option_id option;
    } programs[] = {
        { "prometheus", OPT_PROMETHEUS },
        { "node", OPT_NODE_EXPORTER },
        { "nvidia_gpu_exporter", OPT_NVIDIA_GPU_EXPORTER },
        { "dcgm", OPT_DCGM_EXPORTER },
        { "aico2", OPT_SERVER },
    };

    for (size_t i = 0; i < STACK_SERVICES_MAX; i++)
        plan->wishes[i].port = -1;
    for (size_t i = 0; i < ARRAY_LENGTH(programs); i++)
        plan->wishes[service_find(programs[i].service)].program =
            options_text(options, programs[i].option);
    for (size_t i = 0; i < options_value_count(options, OPT_PORT); i++) {
        int r = set_port(plan, options_text_at(options, OPT_PORT, i), err);

        if (r < 0)
            return r;
    }
    return 0;
}

/* The services stand elsewhere: nothing they are told may hang on where we stand. */
static int make_absolute(const char *option, const char *path, char *path_out, size_t size,
                         struct aico2_error *err)
{
    AICO2_CLEANUP(freep) char *here = path[0] != '/' ? getcwd(NULL, 0) : NULL;
    int length;

    if (path[0] != '/' && here == NULL)
        return aico2_error_set_errno(err, errno, "%s '%s'", option, path);
    length =
        snprintf(path_out, size, "%s%s%s", here != NULL ? here : "", here != NULL ? "/" : "", path);
    if (length < 0 || (size_t)length >= size || strchr(path_out, '\n') != NULL)
        return aico2_error_set(err, -EINVAL, "%s '%s': too long, or not of one line", option, path);
    return 0;
}

static int set_directory(const struct options *options, struct stack_request *request,
                         struct aico2_error *err)
{
    const char *given = options_text(options, OPT_STATE_DIR);
    int r = given != NULL
                ? make_absolute("--state-dir", given, request->directory,
                                sizeof(request->directory), err)
                : stack_directory_default(request->directory, sizeof(request->directory), err);

    request->plan.directory = request->directory;
    return r;
}

/* Return: whether a file can be read there, by a path from the folder of a program. */
static bool is_beside(const char *self, const char *rest, char *path_out, size_t size)
{
    AICO2_CLEANUP(freep) char *there = NULL;
    char path[PATH_MAX];
    const char *slash = strrchr(self, '/');
    int r = slash == NULL
                ? -1
                : snprintf(path, sizeof(path), "%.*s%s", (int)(slash - self) + 1, self, rest);

    if (r <= 0 || (size_t)r >= sizeof(path) || access(path, R_OK) < 0)
        return false;
    there = realpath(path, NULL); /* without the ".." in the middle */
    return there != NULL && snprintf(path_out, size, "%s", there) < (int)size;
}

static bool find_rules(char *path_out, size_t size)
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    const char *slash;

    if (length <= 0)
        return false;
    self[length] = '\0';
    slash = strrchr(self, '/');
    if (is_beside(self, RULES_INSTALLED, path_out, size))
        return true;
    return slash - self >= 8 && strncmp(slash - 8, "/src/cli", 8) == 0 &&
           is_beside(self, RULES_BUILT, path_out, size);
}

static int set_rules(const struct options *options, struct stack_request *request,
                     struct aico2_error *err)
{
    const char *given = options_text(options, OPT_RULES);
    int r;

    if (given == NULL) {
        if (find_rules(request->rules, sizeof(request->rules)))
            request->plan.rules = request->rules;
        return 0;
    }
    if (strcmp(given, "none") == 0)
        return 0;
    r = make_absolute("--rules", given, request->rules, sizeof(request->rules), err);
    if (r < 0)
        return r;
    if (access(request->rules, R_OK) < 0)
        return aico2_error_set(err, -EINVAL, "--rules '%s': %s", given, strerror(errno));
    request->plan.rules = request->rules;
    return 0;
}

/* Without what is told to us alone: a key of ours is nothing for another program. */
static int set_environment(struct stack_request *request, struct aico2_error *err)
{
    size_t count = 0;

    while (environ[count] != NULL)
        count++;
    request->environment = calloc(count + 1, sizeof(char *));
    if (request->environment == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    count = 0;
    for (size_t i = 0; environ[i] != NULL; i++) {
        if (strncmp(environ[i], "AICO2_", 6) != 0)
            request->environment[count++] = environ[i];
    }
    request->plan.environment = request->environment;
    request->plan.own_environment = environ;
    return 0;
}

static int set_path(struct stack_request *request, struct aico2_error *err)
{
    const char *path = getenv("PATH");

    if (asprintf(&request->path, "%s:" SYSTEM_FOLDERS, path != NULL ? path : "") < 0) {
        request->path = NULL;
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    request->plan.path = request->path;
    return 0;
}

static void set_own_program(struct stack_request *request)
{
    if (own_program_find("aico2-serve", "server", request->own_program,
                         sizeof(request->own_program), NULL) == 0)
        request->plan.own_program = request->own_program;
}

static int open_root(const char *path, int *fd_out, struct aico2_error *err)
{
    *fd_out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *fd_out < 0 ? aico2_error_set_errno(err, errno, "cannot open '%s'", path) : 0;
}

static int fill(const struct cli *cli, struct stack_request *request, struct aico2_error *err)
{
    const struct options *options = &cli->options;
    int r = open_root("/proc", &request->plan.proc_fd, err);

    request->plan.wait_ns = options_integer(options, OPT_WAIT);
    if (r == 0)
        r = set_directory(options, request, err);
    if (r < 0 || cli->command->bit != COMMAND_UP)
        return r;
    request->plan.interval_ns = options_integer(options, OPT_SCRAPE_INTERVAL);
    request->plan.interval_given = options_given(options, OPT_SCRAPE_INTERVAL);
    r = open_root("/dev", &request->plan.dev_fd, err);
    if (r == 0)
        r = set_path(request, err);
    if (r == 0)
        r = set_wishes(options, &request->plan, err);
    if (r == 0)
        r = set_rules(options, request, err);
    if (r == 0)
        r = set_environment(request, err);
    set_own_program(request);
    /* -1 where there is none: then nothing is found below it */
    request->plan.sys_fd = open("/sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return r;
}

int stack_request_open(const struct cli *cli, struct stack_request *request_out,
                       struct aico2_error *err)
{
    int r;

    memset(request_out, 0, sizeof(*request_out));
    request_out->plan.proc_fd = -1;
    request_out->plan.sys_fd = -1;
    request_out->plan.dev_fd = -1;
    r = fill(cli, request_out, err);
    if (r < 0)
        stack_request_close(request_out);
    return r;
}

void stack_request_close(struct stack_request *request)
{
    fd_closep(&request->plan.proc_fd);
    fd_closep(&request->plan.sys_fd);
    fd_closep(&request->plan.dev_fd);
    free(request->environment);
    free(request->path);
    request->environment = NULL;
    request->path = NULL;
}
