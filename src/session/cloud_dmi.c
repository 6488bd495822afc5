/* SPDX-License-Identifier: Apache-2.0 */
/* session/cloud_dmi.c - the cloud that a machine's firmware says it is of */
#include "session/cloud_dmi.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fs.h"

enum match { WHOLE, START, ANYWHERE };

static const struct {
    const char *cloud;
    const char *file;
    enum match match;
    const char *text;
} rows[] = {
    { "aws", "sys_vendor", WHOLE, "Amazon EC2" },
    { "gcp", "product_name", ANYWHERE, "Google Compute Engine" },
    { "gcp", "product_serial", START, "GoogleCloud-" },
    { "azure", "chassis_asset_tag", WHOLE, "7783-7084-3265-9085-8269-3286-77" },
    { "oci", "chassis_asset_tag", WHOLE, "OracleCloud.com" },
    { "hetzner", "sys_vendor", WHOLE, "Hetzner" },
    { "digitalocean", "sys_vendor", WHOLE, "DigitalOcean" },
    { "scaleway", "sys_vendor", WHOLE, "Scaleway" },
    { "vultr", "sys_vendor", WHOLE, "Vultr" },
    { "linode", "sys_vendor", WHOLE, "Akamai" },
    { "linode", "sys_vendor", WHOLE, "Linode" },
    { "upcloud", "sys_vendor", WHOLE, "UpCloud" },
    { "exoscale", "product_name", START, "Exoscale" },
    { "alibaba", "product_name", START, "Alibaba Cloud ECS" },
};

static bool matches(const char *text, enum match match, const char *wanted)
{
    switch (match) {
    case WHOLE:
        return strcmp(text, wanted) == 0;
    case START:
        return strncmp(text, wanted, strlen(wanted)) == 0;
    case ANYWHERE:
        return strstr(text, wanted) != NULL;
    }
    return false;
}

bool cloud_dmi_find(const char *sysroot, char cloud_out[CLOUD_NAME_SIZE])
{
    char path[PATH_MAX];
    bool found = false;
    int fd;

    if (snprintf(path, sizeof(path), "%s/sys/class/dmi/id", sysroot != NULL ? sysroot : "") >=
        (int)sizeof(path))
        return false;
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(rows) && !found; i++) {
        char text[128];

        /* serials are root's alone: what cannot be read says nothing */
        if (fs_read_text_at(fd, rows[i].file, text, sizeof(text), NULL) < 0 ||
            !matches(text, rows[i].match, rows[i].text))
            continue;
        (void)snprintf(cloud_out, CLOUD_NAME_SIZE, "%s", rows[i].cloud);
        found = true;
    }
    (void)close(fd);
    return found;
}
