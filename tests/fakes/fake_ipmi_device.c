/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fakes/fake_ipmi_device.c - ioctl() for a program under test: any descriptor is an IPMI device
 *
 * LD_PRELOAD; FAKE_IPMI_WATTS is what its controller says, FAKE_IPMI_SILENT=1 that it never answers,
 * FAKE_IPMI_SILENT=2 that not even its driver does. Below --sysroot a plain file stands for
 * the device, which poll() finds readable at any time.
 */
#include <errno.h>
#include <linux/ipmi.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../unit/fake_ipmi.h"

static struct fake_ipmi fake;
static int number = -1; /* the fake's descriptor */

static int as_libc(int r)
{
    if (r >= 0)
        return r;
    errno = -r;
    return -1;
}

__attribute__((visibility("default"))) int ioctl(int fd, unsigned long request, ...)
{
    const char *silent = getenv("FAKE_IPMI_SILENT");
    va_list arguments;
    void *argument;

    va_start(arguments, request);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    if (_IOC_TYPE(request) != IPMI_IOC_MAGIC)
        return (int)syscall(SYS_ioctl, fd, request, argument);
    if (silent != NULL && silent[0] == '2')
        (void)sleep(30);
    if (number < 0) {
        const char *watts = getenv("FAKE_IPMI_WATTS");

        fake_ipmi_init(&fake, NULL);
        fake.bmcs[0].hung = silent != NULL;
        fake.bmcs[0].watts = watts != NULL ? (unsigned)strtoul(watts, NULL, 10) : 0;
        number = fake.io.open(&fake, -1, "ipmi0");
    }
    return as_libc(fake.io.command(&fake, number, request, argument));
}
