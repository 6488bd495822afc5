/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_passwd.c - any text as /etc/passwd */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "session/user_names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct user_names names;
    char name[USER_NAME_SIZE];

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    user_names_parse(text, &names);
    for (size_t i = 0; i < names.count; i++) {
        user_names_find(&names, names.items[i].uid, name);
        if (!text_is_line(name, sizeof(name)) || !text_is_utf8(name))
            abort();
    }
    user_names_deinit(&names);
    free(text);
    return 0;
}
