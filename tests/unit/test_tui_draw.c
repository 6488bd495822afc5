/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_tui_draw.c - the picture of the monitor at the sizes people have, and at those nobody should have */
#include "support.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/draw.h"
#include "tui/keys.h"
#include "tui_sample.h"

static struct canvas drawn(struct view *view, int rows, int columns, bool unicode)
{
    struct canvas canvas = { .unicode = unicode };

    assert_int_equal(canvas_resize(&canvas, rows, columns), 0);
    draw_screen(&canvas, view);
    if (getenv("SHOW") != NULL) {
        char *text = canvas_whole(&canvas);

        (void)fprintf(stderr, "%d x %d\n%s\n", columns, rows, text);
        free(text);
    }
    return canvas;
}

static void assert_has(const struct canvas *canvas, const char *text)
{
    if (!canvas_has(canvas, text)) {
        char *whole = canvas_whole(canvas);

        (void)fprintf(stderr, "%s", whole);
        free(whole);
        fail_msg("'%s' is not on the screen", text);
    }
}

static void assert_lacks(const struct canvas *canvas, const char *text)
{
    if (canvas_has(canvas, text))
        fail_msg("'%s' is on the screen", text);
}

/* All that matters is there without a key. */
static void test_all_of_it_fits_into_80_by_24(void **state)
{
    struct view view;
    struct canvas canvas;

    (void)state;
    sample_view(&view);
    canvas = drawn(&view, 24, 80, true);
    for (size_t i = 0; i < 1; i++) {
        static const char *const parts[] = {
            "trainbox",
            "self 0.2 % CPU",
            "6.2 MiB 3.47 mWh", /* 12.5 J */
            "630 W",
            "600 … 660",
            "480 W active",
            "150 W idle",
            "639 Wh",
            "97 % measured",
            "every 1 s",
            "36.1 gCO2e",
            "35.6 gCO2e/h",
            "56.5 g/kWh",
            "France",
            "2024",
            "● measured",
            "◐ modelled",
            "○ assumed",
            "● cpu0",
            "◐ memory",
            "97 %",
            "380 W",
            "±5 %",
            "64°C",
            "31/80 GiB",
            "(700 W)",
            "Processes 4 of 312",
            "seen 444 W + others 35.8 W + idle 150 W",
            "4242  ada",
            "812.0",
            "python3 train.py",
            "7.00 Wh",
            "[p77]",
            "F1 Help",
            "q Quit",
        };

        for (size_t j = 0; j < sizeof(parts) / sizeof(parts[0]); j++)
            assert_has(&canvas, parts[j]);
    }
    canvas_deinit(&canvas);
    sample_free(&view);
}

static void test_a_wide_screen_has_more_and_not_the_same_stretched(void **state)
{
    struct view view;
    struct canvas canvas;

    (void)state;
    sample_view(&view);
    canvas = drawn(&view, 60, 200, true);
    assert_has(&canvas, "Intel Xeon Gold 6338");
    assert_has(&canvas, "Carbon intensity");
    assert_has(&canvas, "Runs");
    assert_has(&canvas, "▶ train.py");
    assert_has(&canvas, "✕ 01KB3E");
    assert_has(&canvas, "111 Wh");
    assert_has(&canvas, "python3 train.py --epochs 90");
    canvas_deinit(&canvas);
    canvas = drawn(&view, 40, 120, true);
    assert_has(&canvas, "Intel Xeon Gold 6338");
    assert_has(&canvas, "▶ train.py");
    canvas_deinit(&canvas);
    sample_free(&view);
}

static void test_every_pane_has_its_turn_on_a_small_screen(void **state)
{
    struct view view;
    struct canvas canvas;

    (void)state;
    sample_view(&view);
    view.pane = PANE_RUNS;
    canvas = drawn(&view, 24, 80, true);
    assert_has(&canvas, "▶ train.py");
    assert_has(&canvas, "● cpu0");
    assert_lacks(&canvas, "COMMAND");
    canvas_deinit(&canvas);
    view.pane = PANE_PLACE;
    canvas = drawn(&view, 24, 80, true);
    assert_has(&canvas, "56.5 gCO2e/kWh");
    assert_has(&canvas, "lifecycle-average");
    canvas_deinit(&canvas);
    sample_free(&view);
}

static void test_runs_have_names_on_a_narrow_screen(void **state)
{
    struct view view;
    struct canvas canvas;

    (void)state;
    sample_view(&view);
    view.pane = PANE_RUNS;
    canvas = drawn(&view, 24, 66, true);
    assert_has(&canvas, "STARTED");
    canvas_deinit(&canvas);
    canvas = drawn(&view, 24, 54, true);
    assert_has(&canvas, "▶ train.py");
    assert_has(&canvas, "TIME");
    assert_lacks(&canvas, "STARTED");
    assert_has(&canvas, "6.30 gCO2e");
    canvas_deinit(&canvas);
    canvas = drawn(&view, 24, 40, true);
    assert_has(&canvas, "▶ train.py");
    assert_has(&canvas, "RUN");
    assert_has(&canvas, "6.30 gCO2e");
    assert_lacks(&canvas, "TIME");
    canvas_deinit(&canvas);
    sample_free(&view);
}

static void test_a_small_screen_has_what_matters_most(void **state)
{
    struct view view;
    struct canvas canvas;

    (void)state;
    sample_view(&view);
    canvas = drawn(&view, 10, 40, true);
    assert_has(&canvas, "630 W");
    assert_has(&canvas, "639 Wh");
    assert_has(&canvas, "36.1 gCO2e");
    assert_has(&canvas, "cpu0");
    canvas_deinit(&canvas);
    canvas = drawn(&view, 2, 20, true);
    assert_has(&canvas, "needs 24 x 3");
    canvas_deinit(&canvas);
    sample_free(&view);
}

/* What has no room is not there: no half of a figure, and nothing that touches its neighbour. */
static void test_figures_are_whole_or_absent(void **state)
{
    struct view view;
    struct canvas canvas;

    (void)state;
    sample_view(&view);
    (void)snprintf(view.glance.devices[0].id, DEVICE_ID_SIZE, "VDD_GPU_SOC");
    view.glance.devices[0].utilization_ratio = 1;
    for (int columns = 24; columns < 130; columns++) {
        canvas = drawn(&view, 24, columns, false);
        if (columns >= 40)
            assert_has(&canvas, columns < 118 ? "VDD_GPU_SOC ||||||||||" : "VDD_GPU_SOC      ||||");
        if (columns >= 33)
            assert_has(&canvas, "| 100 %");
        if (canvas_has(&canvas, "31/8"))
            assert_has(&canvas, "31/80 GiB");
        if (canvas_has(&canvas, "120 W +"))
            assert_has(&canvas, "120 W +/-4 %");
        canvas_deinit(&canvas);
    }
    canvas = drawn(&view, 24, 50, true);
    assert_has(&canvas, "COMMAND");
    assert_has(&canvas, "4242  812.0  90.0   420 W   7.00 Wh  pyt");
    assert_lacks(&canvas, "VRAM");
    canvas_deinit(&canvas);
    sample_free(&view);
}

static void test_devices_that_have_no_room_are_counted(void **state)
{
    struct view view;
    struct canvas canvas;

    (void)state;
    sample_view(&view);
    canvas = drawn(&view, 24, 80, true);
    assert_lacks(&canvas, "Devices 1-");
    canvas_deinit(&canvas);
    canvas = drawn(&view, 17, 80, true);
    assert_has(&canvas, "Devices 1-2 of 6");
    canvas_deinit(&canvas);
    view.pane = PANE_DEVICES;
    view.selected = 5;
    canvas = drawn(&view, 17, 80, true);
    assert_has(&canvas, "Devices 5-6 of 6");
    assert_has(&canvas, "board0");
    canvas_deinit(&canvas);
    sample_free(&view);
}

/* Whatever the size, nothing is drawn outside, and the sanitizer looks on. */
static void test_any_size_can_be_drawn(void **state)
{
    struct view view;

    (void)state;
    sample_view(&view);
    view.glance.closed_count = 1;
    (void)snprintf(view.glance.closed[0].reader, sizeof(view.glance.closed[0].reader), "rapl");
    for (int pane = 0; pane < PANE_COUNT; pane++) {
        view.pane = (enum pane)pane;
        view.help = pane == 1;
        view.by_source = pane == 2;
        view.as_tree = pane == 3;
        for (int rows = 1; rows < 70; rows += 3) {
            for (int columns = 1; columns < 230; columns += 7) {
                struct canvas canvas = { .unicode = (rows + columns) % 2 == 0 };

                assert_int_equal(canvas_resize(&canvas, rows, columns), 0);
                view_arrange(&view);
                draw_screen(&canvas, &view);
                canvas_deinit(&canvas);
            }
        }
    }
    sample_free(&view);
}

static void test_before_the_first_figures(void **state)
{
    struct view view;
    struct canvas canvas;

    (void)state;
    view_init(&view);
    canvas = drawn(&view, 24, 80, true);
    assert_has(&canvas, "measuring");
    canvas_deinit(&canvas);
    view_deinit(&view);
}

static void test_ascii_alone_where_the_terminal_knows_no_more(void **state)
{
    struct view view;
    struct canvas canvas;

    (void)state;
    sample_view(&view);
    for (int pane = 0; pane < PANE_COUNT; pane++) {
        view.pane = (enum pane)pane;
        canvas = drawn(&view, 60, 200, false);
        for (int i = 0; i < canvas.rows * canvas.columns; i++)
            assert_in_range(canvas.cells[i].code, ' ', '~');
        assert_has(&canvas, "# cpu0");
        assert_has(&canvas, "~ memory");
        assert_has(&canvas, "> train.py");
        canvas_deinit(&canvas);
    }
    sample_free(&view);
}

static void test_hostile_names_are_shown_as_text(void **state)
{
    struct view view;
    struct canvas canvas;

    (void)state;
    sample_view(&view);
    (void)snprintf(view.glance.processes[0].process.command, PROCESS_COMMAND_SIZE,
                   "\033[2Jclear \xe2\x80\xae"
                   "evil \xff\xfe\x9b"
                   "31m\xcc\x81 \xe6\x97\xa5\xe6\x9c\xac");
    (void)snprintf(view.runs[0].name, sizeof(view.runs[0].name), "a\033]0;title\007\rb");
    (void)snprintf(view.glance.devices[3].model, DEVICE_MODEL_SIZE, "GPU\nX\033[1m");
    view.by_source = true;
    canvas = drawn(&view, 60, 200, true);
    for (int i = 0; i < canvas.rows * canvas.columns; i++) {
        const uint32_t code = canvas.cells[i].code;

        assert_false((code > 0 && code < ' ') || (code >= 0x7f && code < 0xa0));
        assert_false(code >= 0x202a && code <= 0x202e);
        assert_false(code == 0x301); /* a combining accent would change its neighbour */
    }
    assert_has(&canvas, "clear");
    assert_has(&canvas, "日本");
    canvas_deinit(&canvas);
    sample_free(&view);
}

static void test_sources_stand_in_place_of_trends_when_asked_for(void **state)
{
    struct view view;
    struct canvas canvas;

    (void)state;
    sample_view(&view);
    view.by_source = true;
    canvas = drawn(&view, 24, 80, true);
    assert_has(&canvas, "measured, rapl");
    assert_has(&canvas, "modelled, proc_memory");
    canvas_deinit(&canvas);
    view.glance.closed_count = 1;
    (void)snprintf(view.glance.closed[0].reader, sizeof(view.glance.closed[0].reader), "rapl");
    (void)snprintf(view.glance.closed[0].reason, sizeof(view.glance.closed[0].reason), "for root");
    canvas = drawn(&view, 30, 100, true);
    assert_has(&canvas, "rapl: for root; `aico2 doctor`");
    canvas_deinit(&canvas);
    (void)snprintf(view.glance.notes[0], sizeof(view.glance.notes[0]), "the clock was set");
    view.glance.note_count = 1;
    canvas = drawn(&view, 30, 100, true);
    assert_has(&canvas, "! the clock was set");
    canvas_deinit(&canvas);
    sample_free(&view);
}

/* Joules over the seconds beside them are the power. */
static void test_seconds_are_told_as_the_joules_are(void **state)
{
    struct view view;
    struct canvas canvas;

    (void)state;
    sample_view(&view);
    view.glance.joules = 630 * 8.97;
    view.glance.elapsed_seconds = 8.97;
    canvas = drawn(&view, 24, 80, true);
    assert_has(&canvas, "1.57 Wh in 8.97 s,");
    canvas_deinit(&canvas);
    view.glance.elapsed_seconds = 3725.4;
    canvas = drawn(&view, 24, 80, true);
    assert_has(&canvas, "in 1 h 02 min,");
    canvas_deinit(&canvas);
    sample_free(&view);
}

static void test_what_is_unknown_is_a_dash(void **state)
{
    struct view view;
    struct canvas canvas;

    (void)state;
    sample_view(&view);
    view.glance.watts = BAND_NONE;
    view.glance.devices[0].watts = BAND_NONE;
    view.glance.devices[0].is_missing = true;
    view.glance.gco2e = BAND_NONE;
    canvas = drawn(&view, 24, 80, true);
    assert_has(&canvas, "Power   –");
    assert_lacks(&canvas, "nan");
    canvas_deinit(&canvas);
    view.glance.idle_watts = 0; /* a Jetson: no model, and it was never seen idle */
    canvas = drawn(&view, 24, 80, true);
    assert_has(&canvas, "active  – idle");
    assert_has(&canvas, "+ idle –");
    canvas_deinit(&canvas);
    sample_free(&view);
}

static void test_help_names_the_keys(void **state)
{
    static const char *const ends[] = { "F10",
                                        "tree",
                                        "any key goes back",
                                        "the next one",
                                        "the other way",
                                        "in place of its trend",
                                        "a sum of them",
                                        "GPU driver's list" };
    struct view view;
    struct canvas canvas;

    (void)state;
    sample_view(&view);
    view.help = true;
    canvas = drawn(&view, 24, 80, true);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        assert_has(&canvas, ends[i]); /* to the last word */
    assert_lacks(&canvas, "─  ─");
    canvas_deinit(&canvas);
    sample_free(&view);
}

/* Page by page where they have no room at once. */
static void test_help_is_there_on_a_small_screen(void **state)
{
    struct view view;
    struct canvas canvas;

    (void)state;
    sample_view(&view);
    view.help = true;
    canvas = drawn(&view, 10, 40, true);
    assert_has(&canvas, "q, F10, Ctrl-C");
    assert_has(&canvas, "any key: more");
    assert_lacks(&canvas, "a sum of them");
    canvas_deinit(&canvas);
    for (int pages = 1; view.help_next > 0; pages++) {
        const struct input key = { .key = ' ' };

        assert_in_range(pages, 1, 5);
        keys_take(&view, &key, 10, 40);
        assert_true(view.help);
        canvas = drawn(&view, 10, 40, true);
        canvas_deinit(&canvas);
    }
    canvas = drawn(&view, 10, 40, true);
    assert_has(&canvas, "(12 W)");
    assert_has(&canvas, "any key goes back");
    canvas_deinit(&canvas);
    keys_take(&view, &(struct input){ .key = ' ' }, 10, 40);
    assert_false(view.help || view.ended || view.paused);
    assert_int_equal(view.help_first, 0);
    sample_free(&view);
}

static void test_how_to_leave_and_what_is_typed_are_on_any_screen(void **state)
{
    struct view view;
    struct canvas canvas;

    (void)state;
    sample_view(&view);
    canvas = drawn(&view, 10, 40, true);
    assert_has(&canvas, "F1 Help");
    assert_has(&canvas, "q Quit");
    canvas_deinit(&canvas);
    keys_take(&view, &(struct input){ .key = KEY_OF_CLICK, .row = 9, .column = 35 }, 10, 40);
    assert_true(view.ended);
    view.entry = ENTRY_FILTER;
    (void)snprintf(view.typed, sizeof(view.typed), "train.py");
    canvas = drawn(&view, 10, 40, true);
    assert_has(&canvas, "Filter: train.py_");
    canvas_deinit(&canvas);
    sample_free(&view);
}

/* What the monitor costs gives way to the name of the machine, and to that it is paused. */
static void test_the_title_is_not_crowded(void **state)
{
    struct view view;
    struct canvas canvas;

    (void)state;
    sample_view(&view);
    canvas = drawn(&view, 24, 62, true);
    assert_has(&canvas, "aico2 trainbox ");
    assert_has(&canvas, "every 1 s");
    assert_lacks(&canvas, "self");
    canvas_deinit(&canvas);
    (void)snprintf(view.glance.hostname, sizeof(view.glance.hostname), "%0100d", 7);
    view.paused = true;
    canvas = drawn(&view, 24, 80, true);
    assert_has(&canvas, "PAUSED 000");
    assert_has(&canvas, "self 0.2 % CPU");
    canvas_deinit(&canvas);
    sample_free(&view);
}

static void test_the_curve_of_the_day(void **state)
{
    enum { HOURS = 36 };
    const int64_t hour_ns = INT64_C(3600000000000);
    struct view view;
    struct canvas canvas;
    struct day_point *points = calloc(HOURS, sizeof(*points));

    (void)state;
    assert_non_null(points);
    sample_view(&view);
    view.day = (struct place_day){ .from_ns = view.glance.wall_ns - 12 * hour_ns,
                                   .now_ns = view.glance.wall_ns,
                                   .until_ns = view.glance.wall_ns + 24 * hour_ns,
                                   .points = points,
                                   .count = HOURS };
    for (int i = 0; i < HOURS; i++)
        points[i] = (struct day_point){ view.day.from_ns + i * hour_ns, 40 + 4 * (i % 12),
                                        i < 12 ? DAY_MEASURED : DAY_FORECAST };
    view.has_day = true;
    view.pane = PANE_PLACE;
    canvas = drawn(&view, 24, 80, true);
    assert_has(&canvas, "now");
    assert_has(&canvas, "100");
    assert_has(&canvas, "█");
    assert_has(&canvas, "▒"); /* what is foreseen */
    canvas_deinit(&canvas);
    for (int columns = 50; columns < 240; columns++) { /* no hour touches "now" */
        canvas = drawn(&view, 24, columns, true);
        for (int i = 0; i < 24 * columns; i++) {
            const struct cell *cell = &canvas.cells[i];

            if (cell->code == 'n' && cell->tint == TINT_HEAD && cell[1].code == 'o' &&
                cell[2].code == 'w') {
                assert_int_equal(cell[-1].code, ' ');
                assert_int_equal(cell[3].code, ' ');
            }
        }
        canvas_deinit(&canvas);
    }
    /* an hour's figure has no band: none is told */
    view.glance.intensity.gco2e_per_kwh = (struct band){ 100, 100, 100 };
    canvas = drawn(&view, 24, 80, true);
    assert_has(&canvas, "100 g/kWh France");
    assert_has(&canvas, "100 gCO2e/kWh  France");
    canvas_deinit(&canvas);
    sample_free(&view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_of_it_fits_into_80_by_24),
        cmocka_unit_test(test_a_wide_screen_has_more_and_not_the_same_stretched),
        cmocka_unit_test(test_every_pane_has_its_turn_on_a_small_screen),
        cmocka_unit_test(test_runs_have_names_on_a_narrow_screen),
        cmocka_unit_test(test_a_small_screen_has_what_matters_most),
        cmocka_unit_test(test_figures_are_whole_or_absent),
        cmocka_unit_test(test_devices_that_have_no_room_are_counted),
        cmocka_unit_test(test_any_size_can_be_drawn),
        cmocka_unit_test(test_before_the_first_figures),
        cmocka_unit_test(test_ascii_alone_where_the_terminal_knows_no_more),
        cmocka_unit_test(test_hostile_names_are_shown_as_text),
        cmocka_unit_test(test_sources_stand_in_place_of_trends_when_asked_for),
        cmocka_unit_test(test_seconds_are_told_as_the_joules_are),
        cmocka_unit_test(test_what_is_unknown_is_a_dash),
        cmocka_unit_test(test_help_names_the_keys),
        cmocka_unit_test(test_help_is_there_on_a_small_screen),
        cmocka_unit_test(test_how_to_leave_and_what_is_typed_are_on_any_screen),
        cmocka_unit_test(test_the_title_is_not_crowded),
        cmocka_unit_test(test_the_curve_of_the_day),
    };

    (void)setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
