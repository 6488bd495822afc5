/* SPDX-License-Identifier: Apache-2.0 */
/* model/provider_names.c - the providers of live intensities by name, without their protocols */
#include "model/provider_names.h"

#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/text.h"

/* In the order in which `auto` asks those that it may ask. */
const struct provider_name provider_names[] = {
    { "electricitymaps", "Electricity Maps", "", .keyed = true },
    { "gb", "GB Carbon Intensity", "GB" },
    { "odre", "RTE eCO2mix (ODRE)", "FR" },
    { "energidataservice", "Energi Data Service", "DK" },
    { "entsoe", "ENTSO-E", "", .keyed = true },
    { "eia", "EIA", "", .keyed = true },
    { "carbonaware", "Carbon Aware SDK", "", .self_hosted = true },
    { "watttime", "WattTime", "", .keyed = true, .marginal = true },
};
const size_t provider_name_count = ARRAY_LENGTH(provider_names);

int provider_name_find(const char *name)
{
    for (size_t i = 0; i < provider_name_count; i++) {
        if (strcmp(provider_names[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

void provider_name_list(char *text_out, size_t size)
{
    text_out[0] = '\0';
    for (size_t i = 0; i < provider_name_count; i++)
        text_append(text_out, size, "%s, ", provider_names[i].name);
    text_append(text_out, size, "auto");
}

void provider_secret_variable(const char *name, char variable_out[PROVIDER_VARIABLE_SIZE])
{
    (void)snprintf(variable_out, PROVIDER_VARIABLE_SIZE, "AICO2_%s_TOKEN", name);
    for (char *at = variable_out; *at != '\0'; at++) {
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
        else if (*at == '-')
            *at = '_';
    }
}

bool provider_is_secret(const char *entry)
{
    for (size_t i = 0; i < provider_name_count; i++) {
        char variable[PROVIDER_VARIABLE_SIZE];
        size_t length;

        provider_secret_variable(provider_names[i].name, variable);
        length = strlen(variable);
        if (strncmp(entry, variable, length) == 0 && entry[length] == '=')
            return true;
    }
    return false;
}
