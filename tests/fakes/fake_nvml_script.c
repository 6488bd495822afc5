/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fakes/fake_nvml_script.c - what the script of the made-up NVML says, and how often it was asked */
#include "fake_nvml.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t script_lock = PTHREAD_MUTEX_INITIALIZER; /* of what is remembered of it */
static char
    scripts[2][SCRIPT]; /* the one that counts, and the next: whoever reads one reads on in it */
static _Atomic(char *) script = scripts[0];
static struct timespec script_changed; /* of its file */
atomic_bool fake_initialised;
static struct call_count {
    const char *name;
    unsigned calls;
} counts[CALL_NAMES];

/* Values of the script, by the address of the key. */
static struct remembered {
    const char *key;
    unsigned gpu;
    double number;
} remembered[REMEMBERED];

/* Texts of the script, the same way; most are not in it. */
static struct remembered_text {
    const char *key;
    unsigned gpu;
    bool there;
    char text[TEXT];
} texts[REMEMBERED_TEXTS];

void fake_count_call(const char *name)
{
    (void)pthread_mutex_lock(&lock);
    for (int i = 0; i < CALL_NAMES; i++) {
        if (counts[i].name != NULL && strcmp(counts[i].name, name) != 0)
            continue;
        counts[i].name = name;
        counts[i].calls++;
        break;
    }
    (void)pthread_mutex_unlock(&lock);
}

/* How often a function was called since the library was loaded. */
EXPORT unsigned fake_nvml_calls(const char *name);
unsigned fake_nvml_calls(const char *name)
{
    unsigned calls = 0;

    (void)pthread_mutex_lock(&lock);
    for (int i = 0; i < CALL_NAMES && counts[i].name != NULL; i++) {
        if (strcmp(counts[i].name, name) == 0)
            calls = counts[i].calls;
    }
    (void)pthread_mutex_unlock(&lock);
    return calls;
}

/* --- the script --- */

void fake_read_script(void)
{
    const char *text = getenv("FAKE_NVML");
    char *next = script == scripts[0] ? scripts[1] : scripts[0];

    memset(next, 0, SCRIPT);
    if (text != NULL && strchr(text, '=') == NULL) {
        FILE *file = fopen(text, "re");

        if (file != NULL) {
            (void)!fread(next, 1, SCRIPT - 1, file);
            (void)fclose(file);
        }
    } else if (text != NULL) {
        (void)snprintf(next, SCRIPT, "%s", text);
    }
    (void)pthread_mutex_lock(&script_lock);
    script = next;
    memset(remembered, 0, sizeof(remembered));
    for (size_t i = 0; i < REMEMBERED_TEXTS; i++)
        texts[i].key = NULL;
    (void)pthread_mutex_unlock(&script_lock);
}

void fake_look_again(void)
{
    const char *text = getenv("FAKE_NVML");
    struct stat status;
    bool changed;

    if (text == NULL || stat(text, &status) < 0)
        return;
    (void)pthread_mutex_lock(&script_lock);
    changed = status.st_mtim.tv_sec != script_changed.tv_sec ||
              status.st_mtim.tv_nsec != script_changed.tv_nsec;
    script_changed = status.st_mtim;
    (void)pthread_mutex_unlock(&script_lock);
    if (changed)
        fake_read_script();
}

/* Return: the last value of a key. */
const char *fake_find(const char *key, char value_out[TEXT])
{
    const char *found = NULL;
    size_t length = strlen(key);

    for (const char *at = script; *at != '\0'; at += strcspn(at, ";\n"), at += *at != '\0') {
        while (*at == ' ')
            at++;
        if (strncmp(at, key, length) == 0 && at[length] == '=') {
            size_t size = strcspn(at + length + 1, ";\n");

            if (size >= TEXT)
                size = TEXT - 1;
            memcpy(value_out, at + length + 1, size);
            value_out[size] = '\0';
            found = value_out;
        }
    }
    return found;
}

static const char *look_up(unsigned gpu, const char *key, char value_out[TEXT])
{
    char name[64];
    const char *found;

    (void)snprintf(name, sizeof(name), "gpu%u.%s", gpu, key);
    found = fake_find(name, value_out);
    if (found != NULL)
        return found;
    (void)snprintf(name, sizeof(name), "gpu.%s", key);
    return fake_find(name, value_out);
}

const char *fake_text_of(unsigned gpu, const char *key, char value_out[TEXT])
{
    struct remembered_text *slot = &texts[((uintptr_t)key * 31 + gpu * 131) % REMEMBERED_TEXTS];

    bool there;

    (void)pthread_mutex_lock(&script_lock);
    if (slot->key != key || slot->gpu != gpu)
        slot->there = look_up(gpu, key, slot->text) != NULL;
    slot->key = key;
    slot->gpu = gpu;
    there = slot->there;
    if (there)
        (void)memcpy(value_out, slot->text, strlen(slot->text) + 1);
    (void)pthread_mutex_unlock(&script_lock);
    return there ? value_out : NULL;
}

/* Looked up once for each place in the code: what the fake costs is not what the reader costs. */
double fake_number_of(unsigned gpu, const char *key, double otherwise)
{
    struct remembered *slot = &remembered[((uintptr_t)key * 31 + gpu * 131) % REMEMBERED];
    char value[TEXT];
    double number;
    bool known;

    (void)pthread_mutex_lock(&script_lock);
    known = slot->key == key && slot->gpu == gpu;
    number = slot->number;
    (void)pthread_mutex_unlock(&script_lock);
    if (known)
        return number;
    number = fake_text_of(gpu, key, value) != NULL ? strtod(value, NULL) : otherwise;
    (void)pthread_mutex_lock(&script_lock);
    *slot = (struct remembered){ .key = key, .gpu = gpu, .number = number };
    (void)pthread_mutex_unlock(&script_lock);
    return number;
}

double fake_global_number(const char *key, double otherwise)
{
    char value[TEXT];

    return fake_find(key, value) != NULL ? strtod(value, NULL) : otherwise;
}

int fake_code_of(const struct nvml_device *gpu, const char *key)
{
    return fake_initialised ? (int)fake_number_of(gpu->index, key, 0) : NVML_UNINITIALIZED;
}

void fake_unescape(const char *from, char *to, size_t size)
{
    size_t used = 0;

    while (*from != '\0' && used + 1 < size) {
        unsigned byte;

        if (sscanf(from, "\\x%2x", &byte) == 1) {
            to[used++] = (char)byte;
            from += 4;
        } else {
            to[used++] = *from++;
        }
    }
    to[used] = '\0';
}

/* What the script says now counts from now on. */
EXPORT void fake_nvml_reload(void);
void fake_nvml_reload(void)
{
    fake_read_script();
}
