/* SPDX-License-Identifier: Apache-2.0 */
/* readers/board.c - what the meters of a whole machine have in common */
#include "readers/board.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/number.h"

static const double WATTS_MIN = 0.05;
static const double WATTS_MAX = 20000;

static int length_without_blanks(const char *text, int length)
{
    while (length > 0 && (text[length - 1] == '\0' || strchr(" \t\r\n", text[length - 1]) != NULL))
        length--;
    return length;
}

int board_read_text(int sys_fd, struct live_file *file, char *text_out, size_t size)
{
    int r = live_file_read(file, sys_fd, LIVE_FILE_LOOK, text_out, size);

    if (r < 0)
        return r == -ENOENT || r == -ENOTDIR ? -ENODEV : r;
    r = length_without_blanks(text_out, r);
    text_out[r] = '\0';
    return r;
}

int board_read_i64(int sys_fd, struct live_file *file, int64_t *value_out)
{
    char text[64];
    int r = board_read_text(sys_fd, file, text, sizeof(text));

    if (r < 0)
        return r == -EMSGSIZE ? -EBADMSG : r;
    return number_parse_i64(text, value_out) ? 0 : -EBADMSG;
}

int board_check_watts(double watts)
{
    if (!(watts >= WATTS_MIN))
        return -ENODATA;
    return watts <= WATTS_MAX ? 0 : -ERANGE;
}

void board_describe(struct device *device_out, const char *reader, const char *id,
                    double band_ratio)
{
    struct device device = DEVICE_NULL;

    device.kind = DEVICE_BOARD;
    device.basis = BASIS_MEASURED;
    device.band_ratio = band_ratio;
    (void)snprintf(device.reader, sizeof(device.reader), "%s", reader);
    (void)snprintf(device.id, sizeof(device.id), "%s", id);
    *device_out = device;
}

void board_refuse(struct reader_status *status, const char *what, int code)
{
    struct aico2_error why = { 0 };
    bool denied = fs_is_denied(code);

    *status = (struct reader_status){ .state = denied ? READER_DENIED : READER_BROKEN };
    if (denied)
        (void)aico2_error_set(&why, code, "no permission to read %s", what);
    else if (code == -EBADMSG)
        (void)aico2_error_set(&why, code, "no number in %s", what);
    else if (code == -ENODATA)
        (void)aico2_error_set(&why, code, "%s says 0 or nothing: its firmware does not know", what);
    else if (code == -ERANGE)
        (void)aico2_error_set(&why, code, "%s says what no machine draws", what);
    else
        (void)aico2_error_set_errno(&why, -code, "cannot read %s", what);
    (void)snprintf(status->reason, sizeof(status->reason), "%.190s", why.message);
}
