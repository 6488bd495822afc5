/* SPDX-License-Identifier: Apache-2.0 */
/* tests/machines/build_machine.c - "build_machine xeon-2s-dram DIR" makes the tree of a manifest */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "machine_tree.h"

int main(int argc, char **argv)
{
    int fd;

    if (argc != 3) {
        (void)fprintf(stderr, "usage: build_machine NAME DIR\n");
        return 2;
    }
    (void)mkdir(argv[2], 0755);
    fd = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        (void)fprintf(stderr, "cannot open '%s': %s\n", argv[2], strerror(errno));
        return 1;
    }
    return machine_tree_build(fd, argv[1]) ? 0 : 1;
}
