/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_words.c - any text as a word that a history or an answer has stored: none, or one with that name */
#include <stdlib.h>
#include <string.h>

#include "model/device.h"
#include "model/machine.h"
#include "model/run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int index, const char *name, const char *word)
{
    if (index < -1 || (index >= 0 && (name == NULL || strcmp(name, word) != 0)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *word = malloc(size + 1);
    int index;

    if (word == NULL)
        return 0;
    if (size > 0)
        memcpy(word, data, size);
    word[size] = '\0';
    index = device_kind_parse(word);
    check(index, index < 0 ? NULL : device_kind_name((enum device_kind)index), word);
    index = basis_parse(word);
    check(index, index < 0 ? NULL : basis_name((enum basis)index), word);
    index = chassis_parse(word);
    check(index, index < 0 ? NULL : chassis_name((enum chassis)index), word);
    index = run_state_parse(word);
    check(index, index < 0 ? NULL : run_state_name((enum run_state)index), word);
    index = scope_parse(word);
    check(index, index < 0 ? NULL : scope_name((enum energy_scope)index), word);
    index = idle_policy_parse(word);
    check(index, index < 0 ? NULL : idle_policy_name((enum idle_policy)index), word);
    free(word);
    return 0;
}
