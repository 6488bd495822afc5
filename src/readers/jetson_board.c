/* SPDX-License-Identifier: Apache-2.0 */
/* readers/jetson_board.c - whether this is a Jetson, and which module it is
 *
 * The device tree's "compatible" names the board, the part number of the module and the Tegra chip:
 * "nvidia,p3768-0000+p3767-0005-super", "nvidia,p3767-0005", "nvidia,tegra234".
 */
#include "readers/jetson_board.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"

enum { COMPATIBLE_SIZE = 4096, FAMILY_SIZE = 32 };

#if defined(__aarch64__) || defined(__arm__)
static const bool BUILT_FOR_ARM = true;
#else
static const bool BUILT_FOR_ARM = false;
#endif

bool jetson_is_compatible(const char *list, size_t length)
{
    static const char tegra[] = "nvidia,tegra";
    size_t at = 0;

    while (at < length) {
        size_t size = strnlen(list + at, length - at);

        if (size >= sizeof(tegra) - 1 && strncmp(list + at, tegra, sizeof(tegra) - 1) == 0)
            return true;
        at += size + 1;
    }
    return false;
}

/* A part number without its last digits is any of that sort. The first that fits counts. */
static const struct part {
    const char *number;
    const char *product;
    const char *super; /* with the power modes of JetPack 6.2; NULL: there are none */
} parts[] = {
    { "p2180", "Jetson TX1", NULL },
    { "p3448", "Jetson Nano", NULL },
    { "p3310", "Jetson TX2", NULL },
    { "p3489-0888", "Jetson TX2 4GB", NULL },
    { "p3489", "Jetson TX2i", NULL },
    { "p3636", "Jetson TX2 NX", NULL },
    { "p2888-0008", "Jetson AGX Xavier Industrial", NULL },
    { "p2888", "Jetson AGX Xavier", NULL },
    { "p3668-0003", "Jetson Xavier NX 16GB", NULL },
    { "p3668", "Jetson Xavier NX", NULL },
    { "p3701-0004", "Jetson AGX Orin 32GB", NULL },
    { "p3701-0008", "Jetson AGX Orin Industrial", NULL },
    { "p3701", "Jetson AGX Orin 64GB", NULL }, /* its developer kit too, whatever its memory */
    { "p3767-0000", "Jetson Orin NX 16GB", "Jetson Orin NX Super 16GB" },
    { "p3767-0001", "Jetson Orin NX 8GB", "Jetson Orin NX Super 8GB" },
    { "p3767-0003", "Jetson Orin Nano 8GB", "Jetson Orin Nano Super 8GB" },
    { "p3767-0004", "Jetson Orin Nano 4GB", "Jetson Orin Nano Super 4GB" },
    { "p3767-0005", "Jetson Orin Nano 8GB", "Jetson Orin Nano Super 8GB" },
    { "p3834-0008", "Jetson AGX Thor T5000", NULL },
};

/* Of a word "nvidia,p3768-0000+p3767-0005-super". */
static const char *product_of_word(const char *word)
{
    for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
        if (strstr(word, parts[i].number) != NULL)
            return parts[i].super != NULL && strstr(word, "-super") != NULL ? parts[i].super
                                                                            : parts[i].product;
    }
    return NULL;
}

const char *jetson_product(const char *list, size_t length)
{
    size_t at = 0;

    while (at < length) {
        size_t size = strnlen(list + at, length - at);
        char word[96];
        const char *product;

        if (size < sizeof(word) && strncmp(list + at, "nvidia,", 7) == 0) {
            memcpy(word, list + at, size);
            word[size] = '\0';
            product = product_of_word(word);
            if (product != NULL)
                return product;
        }
        at += size + 1;
    }
    return NULL;
}

/* Return: the length of the list, 0: there is none to read. */
static size_t read_compatible(const struct reader_env *env, char *list, size_t size)
{
    static const char *const paths[] = { "firmware/devicetree/base/compatible",
                                         "device-tree/compatible" };
    const int roots[] = { env->sys_fd, env->proc_fd };

    for (size_t i = 0; i < ARRAY_LENGTH(paths); i++) {
        AICO2_CLEANUP(fd_closep) int fd = fs_open_at(roots[i], paths[i], NULL);
        int length = fd < 0 ? fd : fs_pread_text(fd, list, size);

        if (length > 0)
            return (size_t)length;
    }
    return 0;
}

/* Container runtimes mask the firmware's files; NVIDIA's own then gives the release file, and the
 * chip's family stays where it is. Only an ARM processor can be one. */
static bool has_other_signs(const struct reader_env *env)
{
    char family[FAMILY_SIZE];

    if (env->etc_fd >= 0 && faccessat(env->etc_fd, "nv_tegra_release", F_OK, 0) == 0)
        return true;
    return jetson_may_be(env) &&
           fs_read_text_at(env->sys_fd, "devices/soc0/family", family, sizeof(family), NULL) > 0 &&
           strcmp(family, "Tegra") == 0;
}

/* "quill" says nothing to those who bought a Jetson TX2. */
static void name_board(const struct reader_env *env, struct jetson_board *board)
{
    char text[DEVICE_MODEL_SIZE];

    if (fs_read_text_at(env->sys_fd, "firmware/devicetree/base/model", text, sizeof(text), NULL) >
            0 ||
        fs_read_text_at(env->proc_fd, "device-tree/model", text, sizeof(text), NULL) > 0)
        text_copy_clean(board->model, sizeof(board->model), text);
    if (board->model[0] == '\0') {
        (void)snprintf(board->model, sizeof(board->model), "NVIDIA %s",
                       board->product[0] != '\0' ? board->product : "Jetson");
    } else if (board->product[0] != '\0' && strchr(board->model, ' ') == NULL) {
        (void)snprintf(text, sizeof(text), "NVIDIA %s (%.100s)", board->product, board->model);
        (void)snprintf(board->model, sizeof(board->model), "%s", text);
    }
}

bool jetson_may_be(const struct reader_env *env)
{
    return BUILT_FOR_ARM || env->sysroot;
}

bool jetson_read_board(const struct reader_env *env, struct jetson_board *board_out)
{
    struct jetson_board board = { .product = "" };
    char list[COMPATIBLE_SIZE];
    size_t length = read_compatible(env, list, sizeof(list));
    const char *product;

    if (length > 0 ? !jetson_is_compatible(list, length) : !has_other_signs(env))
        return false;
    product = length > 0 ? jetson_product(list, length) : NULL;
    if (product != NULL)
        (void)snprintf(board.product, sizeof(board.product), "%s", product);
    name_board(env, &board);
    *board_out = board;
    return true;
}
