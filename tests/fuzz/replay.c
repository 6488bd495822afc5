/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/replay.c - runs a fuzz target once on each file of a folder, so that its seeds are
 * tests */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEED_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *folder, const char *name)
{
    static uint8_t data[SEED_MAX];
    char path[512];
    uint8_t *exact;
    size_t size;
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "re");
    if (file == NULL)
        return -1;
    size = fread(data, 1, sizeof(data), file);
    (void)fclose(file);
    exact = malloc(size == 0 ? 1 : size); /* a byte read behind it is seen by ASan */
    if (exact == NULL)
        return -1;
    memcpy(exact, data, size);
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    size_t count = 0;

    if (folder == NULL) {
        (void)fprintf(stderr, "usage: replay FOLDER\n");
        return 2;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] == '.')
            continue;
        if (replay(argv[1], entry->d_name) < 0)
            return 1;
        count++;
    }
    (void)closedir(folder);
    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    (void)printf("1..1\n%sok 1 - %zu seeds\n", count > 0 ? "" : "not ", count);
    return count > 0 ? 0 : 1;
}
