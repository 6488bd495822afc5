/* SPDX-License-Identifier: Apache-2.0 */
/* readers/ipmi.c - one request to a management controller, and its answer, by the kernel's device
 *
 * linux/ipmi.h and drivers/char/ipmi/ipmi_devintf.c. A device is an interface of which everyone
 * who has it open is a user of his own: answers come to who asked, with the number of his request;
 * events of the controller come to all who asked for them. An answer that comes after its time
 * waits in the queue, so what is received is looked at before it is believed.
 */
#include "readers/ipmi.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ipmi.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/attributes.h"

_Static_assert(sizeof(struct ipmi_system_interface_addr) == 8, "linux/ipmi.h");
_Static_assert(sizeof(long) != 8 || sizeof(struct ipmi_msg) == 16, "linux/ipmi.h");
_Static_assert(sizeof(long) != 8 || sizeof(struct ipmi_req) == 40, "linux/ipmi.h");
_Static_assert(sizeof(long) != 8 || sizeof(struct ipmi_recv) == 48, "linux/ipmi.h");
_Static_assert(sizeof(long) != 8 || IPMICTL_SEND_COMMAND == 0x8028690d, "linux/ipmi.h");
_Static_assert(sizeof(long) != 8 || IPMICTL_RECEIVE_MSG_TRUNC == 0xc030690b, "linux/ipmi.h");

enum {
    /* What waits in the queue beside the answer; a controller that floods it does not answer. */
    STRANGERS_MAX = 1024,
    LUN_BMC = 0,
};

static const char *const names[] = { "ipmi", "ipmi/", "ipmidev/" };

/* --- the kernel --- */

/* The driver lets everybody ask who has it open, for reading too: that is what CAP_DAC_READ_SEARCH allows. */
static int kernel_open(void *payload, int dirfd, const char *path)
{
    int fd = openat(dirfd, path, O_RDWR | O_CLOEXEC | O_NONBLOCK);

    (void)payload;
    if (fd < 0 && (errno == EACCES || errno == EPERM))
        fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

static int kernel_command(void *payload, int fd, unsigned long request, void *argument)
{
    (void)payload;
    return ioctl(fd, request, argument) < 0 ? -errno : 0;
}

static int kernel_wait(void *payload, int fd, int timeout_ms)
{
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    int r = poll(&wait, 1, timeout_ms);

    (void)payload;
    return r < 0 ? -errno : r == 0 ? 0 : wait.revents;
}

static void kernel_pause(void *payload, int milliseconds)
{
    (void)payload;
    (void)poll(NULL, 0, milliseconds);
}

static void kernel_close(void *payload, int fd)
{
    (void)payload;
    (void)close(fd);
}

const struct ipmi_io ipmi_kernel = {
    .open = kernel_open,
    .command = kernel_command,
    .wait = kernel_wait,
    .pause = kernel_pause,
    .close = kernel_close,
};

/* --- devices --- */

/* Captured machines hold files; what is a device or leads to one is of the machine that we run on. */
static bool is_ours(const struct reader_env *env, const char *path)
{
    struct stat info;

    return !env->sysroot || (fstatat(env->dev_fd, path, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
                             !S_ISLNK(info.st_mode) && !S_ISCHR(info.st_mode));
}

int ipmi_reopen(const struct reader_env *env, struct ipmi_device *device)
{
    int fd;

    ipmi_close(device);
    if (!is_ours(env, device->path))
        return -EXDEV;
    fd = device->io->open(device->io->payload, env->dev_fd, device->path);
    if (fd < 0)
        return fd;
    device->fd = fd;
    return 0;
}

int ipmi_open(const struct reader_env *env, int number, struct ipmi_device *device_out)
{
    struct ipmi_device device = {
        .io = env->ipmi != NULL ? env->ipmi : &ipmi_kernel,
        .clock = env->clock,
        .fd = -1,
    };

    for (size_t i = 0; env->dev_fd >= 0 && i < ARRAY_LENGTH(names); i++) {
        int r;

        (void)snprintf(device.path, sizeof(device.path), "%s%d", names[i], number);
        if (faccessat(env->dev_fd, device.path, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        r = ipmi_reopen(env, &device);
        *device_out = device;
        return r;
    }
    return -ENOENT;
}

void ipmi_close(struct ipmi_device *device)
{
    if (device->fd >= 0)
        device->io->close(device->io->payload, device->fd);
    device->fd = -1;
}

bool ipmi_is_there(const struct reader_env *env)
{
    for (int number = 0; env->dev_fd >= 0 && number < 2; number++) {
        for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
            char path[IPMI_PATH_SIZE];

            (void)snprintf(path, sizeof(path), "%s%d", names[i], number);
            if (faccessat(env->dev_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return true;
        }
    }
    return false;
}

/* --- questions and answers --- */

static int command(struct ipmi_device *device, unsigned long request, void *argument)
{
    int r;

    do {
        r = device->io->command(device->io->payload, device->fd, request, argument);
    } while (r == -EINTR);
    return r;
}

static int send(struct ipmi_device *device, const struct ipmi_request *request)
{
    struct ipmi_system_interface_addr to = {
        .addr_type = IPMI_SYSTEM_INTERFACE_ADDR_TYPE,
        .channel = IPMI_BMC_CHANNEL,
        .lun = LUN_BMC,
    };
    unsigned char data[32];
    struct ipmi_req message = {
        .addr = (unsigned char *)&to,
        .addr_len = sizeof(to),
        .msgid = ++device->msgid,
        .msg = { .netfn = request->netfn,
                 .cmd = request->command,
                 .data_len = request->length,
                 .data = data },
    };

    if (request->length > sizeof(data))
        return -EMSGSIZE;
    if (request->length > 0)
        memcpy(data, request->data, request->length);
    return command(device, IPMICTL_SEND_COMMAND, &message);
}

/* Return: 1: the answer; 0: something else; -EAGAIN: nothing after all; -errno. */
static int receive(struct ipmi_device *device, const struct ipmi_request *request,
                   struct ipmi_answer *answer)
{
    struct ipmi_addr from = { .addr_type = 0 };
    struct ipmi_recv message = {
        .addr = (unsigned char *)&from,
        .addr_len = sizeof(from),
        .msg = { .data = answer->data, .data_len = sizeof(answer->data) },
    };
    int r = command(device, IPMICTL_RECEIVE_MSG_TRUNC, &message);

    if (r < 0 && r != -EMSGSIZE) /* with that it has been received, and cut */
        return r;
    if (message.recv_type != IPMI_RESPONSE_RECV_TYPE || message.msgid != device->msgid ||
        message.msg.netfn != (request->netfn | 1) || message.msg.cmd != request->command)
        return 0;
    if (r == -EMSGSIZE || message.msg.data_len == 0 || message.msg.data_len > sizeof(answer->data))
        return -EBADMSG;
    answer->length = message.msg.data_len;
    return 1;
}

static int left_ms(const struct ipmi_device *device, int64_t deadline_ns)
{
    int64_t left_ns = deadline_ns - device->clock->mono_ns(device->clock->payload);

    return left_ns <= 0 ? 0 : (int)((left_ns + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC);
}

int ipmi_ask(struct ipmi_device *device, const struct ipmi_request *request, int timeout_ms,
             struct ipmi_answer *answer_out)
{
    int64_t deadline_ns =
        device->clock->mono_ns(device->clock->payload) + (int64_t)timeout_ms * NSEC_PER_MSEC;
    struct ipmi_answer answer;
    int r = send(device, request);

    for (int i = 0; r == 0 && i < STRANGERS_MAX + timeout_ms; i++) {
        int wait_ms = left_ms(device, deadline_ns);
        int events = device->io->wait(device->io->payload, device->fd, wait_ms);

        if (events == -EINTR)
            continue;
        if (events < 0)
            return events;
        if (events == 0)
            return -ETIMEDOUT;
        if ((events & POLLIN) == 0)
            return -ENODEV; /* POLLERR, POLLHUP: its driver is gone */
        r = receive(device, request, &answer);
        if (r <= 0 && wait_ms == 0)
            return r == 0 || r == -EAGAIN ? -ETIMEDOUT : r;
        if (r == -EAGAIN) { /* another thread of ours, or a poll that says too much */
            device->io->pause(device->io->payload, 1);
            r = 0;
        }
    }
    if (r <= 0)
        return r == 0 ? -ETIMEDOUT : r;
    *answer_out = answer;
    return 0;
}

const char *ipmi_completion_text(unsigned code)
{
    static const struct {
        unsigned code;
        const char *text;
    } words[] = {
        { 0x00, "done" },
        { 0xc0, "busy" },
        { 0xc1, "not supported" },
        { 0xc2, "not supported on this channel" },
        { 0xc3, "timed out" },
        { 0xc4, "out of space" },
        { 0xc7, "wrong length" },
        { 0xc9, "out of range" },
        { 0xcb, "no such sensor or record" },
        { 0xcc, "wrong value" },
        { 0xce, "no answer can be given" },
        { 0xd2, "being initialised" },
        { 0xd3, "no such destination" },
        { 0xd4, "not allowed" },
        { 0xd5, "not in its present state" },
        { 0xd6, "switched off" },
        { 0xff, "unspecified error" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        if (words[i].code == code)
            return words[i].text;
    }
    return "a code of its maker's";
}
