/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_tui_parts.c - the monitor's cells, bars, curves, layout, and what its keys do */
#include "support.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/chart.h"
#include "tui/draw.h"
#include "tui/keys.h"
#include "tui_sample.h"

/* --- cells --- */

static struct canvas blank(int rows, int columns, bool unicode)
{
    struct canvas canvas = { .unicode = unicode };

    assert_int_equal(canvas_resize(&canvas, rows, columns), 0);
    return canvas;
}

static void test_text_is_cut_to_its_columns(void **state)
{
    struct canvas canvas = blank(1, 20, true);

    (void)state;
    assert_int_equal(canvas_text(&canvas, 0, 2, 6, TINT_DIM, "abcdef"), 6);
    assert_string_equal(canvas_line(&canvas, 0), "  abcdef");
    canvas_clear(&canvas);
    assert_int_equal(canvas_text(&canvas, 0, 0, 6, TINT_DIM, "abcdefg"), 6);
    assert_string_equal(canvas_line(&canvas, 0), "abcde…");
    canvas_clear(&canvas);
    canvas.unicode = false;
    (void)canvas_text(&canvas, 0, 0, 6, TINT_DIM, "abcdefg");
    assert_string_equal(canvas_line(&canvas, 0), "abcde~");
    assert_int_equal(canvas_text(&canvas, 0, 0, 0, TINT_DIM, "x"), 0);
    canvas_deinit(&canvas);
}

static void test_wide_characters_take_two_columns(void **state)
{
    struct canvas canvas = blank(1, 10, true);

    (void)state;
    assert_int_equal(canvas_text(&canvas, 0, 0, 10, TINT_NORMAL, "日本x"), 5);
    assert_int_equal(canvas.cells[0].code, 0x65e5);
    assert_int_equal(canvas.cells[1].code, 0);
    assert_int_equal(canvas.cells[4].code, 'x');
    canvas_clear(&canvas);
    assert_int_equal(canvas_text(&canvas, 0, 0, 4, TINT_NORMAL, "日本x"),
                     3); /* the second has no room beside the dots */
    assert_string_equal(canvas_line(&canvas, 0), "日…");
    canvas_clear(&canvas);
    canvas_right(&canvas, 0, 0, 10, TINT_NORMAL, "日本");
    assert_string_equal(canvas_line(&canvas, 0), "      日本");
    canvas_deinit(&canvas);
}

static void test_nothing_is_drawn_outside(void **state)
{
    struct canvas canvas = blank(2, 4, true);

    (void)state;
    canvas_put(&canvas, -1, 0, 'x', TINT_DIM);
    canvas_put(&canvas, 0, 4, 'x', TINT_DIM);
    canvas_put(&canvas, 2, 0, 'x', TINT_DIM);
    (void)canvas_text(&canvas, 0, 2, 99, TINT_DIM, "abcdef");
    assert_string_equal(canvas_line(&canvas, 0), "  ab");
    assert_string_equal(canvas_line(&canvas, 1), "");
    canvas_deinit(&canvas);
}

/* --- bars and curves --- */

static void test_a_bar_is_as_full_as_it_should_be(void **state)
{
    struct canvas canvas = blank(4, 8, true);

    (void)state;
    chart_bar(&canvas, 0, 0, 4, 0.5, TINT_MEASURED);
    assert_string_equal(canvas_line(&canvas, 0), "██··");
    chart_bar(&canvas, 1, 0, 4, 17.0 / 32, TINT_MEASURED);
    assert_string_equal(canvas_line(&canvas, 1), "██▏·");
    chart_bar(&canvas, 2, 0, 4, NAN, TINT_MEASURED);
    assert_string_equal(canvas_line(&canvas, 2), "····");
    canvas.unicode = false;
    chart_bar(&canvas, 3, 0, 4, 1.7, TINT_MEASURED);
    assert_string_equal(canvas_line(&canvas, 3), "||||");
    canvas_deinit(&canvas);
}

static void test_a_curve_tells_what_it_rests_on(void **state)
{
    const struct box box = { 0, 0, 4, 3 };
    struct canvas canvas = blank(4, 3, true);
    struct trend trend = { 0 };

    (void)state;
    trend_add(&trend, (struct trend_point){ 200, 0, 0 });
    trend_add(&trend, (struct trend_point){ NAN, NAN, NAN });
    trend_add(&trend, (struct trend_point){ 100, 100, 150 });
    chart_trend(&canvas, &box, &trend, 400);
    assert_string_equal(canvas_line(&canvas, 0), "  ▄"); /* half of the highest hundred */
    assert_string_equal(canvas_line(&canvas, 1), "  ░"); /* assumed */
    assert_string_equal(canvas_line(&canvas, 2), "█ ▒"); /* modelled; the gap stays a gap */
    assert_string_equal(canvas_line(&canvas, 3), "█ █");
    assert_int_equal(canvas.cells[2 * 3 + 2].tint, TINT_MODELLED);
    assert_int_equal(canvas.cells[2].tint, TINT_ASSUMED);
    canvas_deinit(&canvas);
}

static void test_scales_end_at_a_round_figure(void **state)
{
    (void)state;
    assert_true(chart_round_up(9.3) == 10);
    assert_true(chart_round_up(10) == 10);
    assert_true(chart_round_up(11) == 20);
    assert_true(fabs(chart_round_up(0.31) - 0.5) < 1e-12);
    assert_true(chart_round_up(0) == 1 && chart_round_up(NAN) == 1);
}

static void test_a_trend_forgets_the_oldest(void **state)
{
    struct trend trend = { 0 };

    (void)state;
    assert_true(isnan(trend_highest(&trend, 10)));
    for (int i = 0; i < TREND_LENGTH + 5; i++)
        trend_add(&trend, (struct trend_point){ (float)i, 0, 0 });
    assert_int_equal(trend_kept(&trend), TREND_LENGTH);
    assert_true(trend_sum(trend_at(&trend, 0)) == TREND_LENGTH + 4);
    assert_true(trend_sum(trend_at(&trend, TREND_LENGTH - 1)) == 5);
    assert_true(trend_highest(&trend, 3) == TREND_LENGTH + 4);
}

/* --- layout --- */

static bool overlap(const struct box *a, const struct box *b)
{
    return a->row < b->row + b->rows && b->row < a->row + a->rows &&
           a->column < b->column + b->columns && b->column < a->column + a->columns;
}

static void assert_sound(int rows, int columns, int devices, enum pane pane)
{
    const struct layout layout = layout_of(rows, columns, devices, devices / 3, pane);
    const struct box boxes[] = {
        layout.title,    layout.figures,  layout.chart,    layout.keys,
        layout.panes[0], layout.panes[1], layout.panes[2], layout.panes[3]
    };

    for (size_t i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++) {
        const struct box *box = &boxes[i];

        if (box->rows == 0)
            continue;
        assert_true(box->row >= 0 && box->rows > 0 && box->row + box->rows <= rows);
        assert_true(box->column >= 0 && box->columns > 0 && box->column + box->columns <= columns);
        for (size_t j = i + 1; j < sizeof(boxes) / sizeof(boxes[0]); j++) {
            if (boxes[j].rows > 0 && overlap(box, &boxes[j]))
                fail_msg("%d x %d, %d devices: boxes %zu and %zu overlap", columns, rows, devices,
                         i, j);
        }
    }
}

static void test_no_layout_overlaps_or_leaves_the_screen(void **state)
{
    (void)state;
    for (int rows = 1; rows < 80; rows++) {
        for (int columns = 1; columns < 260; columns += 3) {
            for (int devices = 0; devices < 40; devices += 7)
                assert_sound(rows, columns, devices, (enum pane)(columns % PANE_COUNT));
        }
    }
}

static void test_sizes_have_what_they_should(void **state)
{
    struct layout layout = layout_of(24, 80, 6, 20, PANE_PROCESSES);

    (void)state;
    assert_int_equal(layout.panes[PANE_DEVICES].rows, 7);
    assert_true(layout.panes[PANE_PROCESSES].rows >= 10);
    assert_int_equal(layout.panes[PANE_RUNS].rows, 0);
    assert_true(layout.chart.columns >= 20);
    layout = layout_of(24, 80, 40, 20, PANE_PROCESSES); /* many devices leave room for processes */
    assert_true(layout.panes[PANE_PROCESSES].rows >= 7);
    layout = layout_of(40, 120, 6, 20, PANE_PROCESSES);
    assert_true(layout.panes[PANE_RUNS].rows > 0);
    layout = layout_of(60, 200, 6, 20, PANE_RUNS);
    for (int i = 0; i < PANE_COUNT; i++)
        assert_true(layout.panes[i].rows > 5);
    assert_true(layout_of(10, 40, 6, 20, PANE_PROCESSES).is_reduced);
    layout = layout_of(24, 60, 6, 20, PANE_PROCESSES); /* narrow: what fits below the devices */
    assert_true(layout.is_reduced);
    assert_int_equal(layout.panes[PANE_DEVICES].rows, 7);
    assert_int_equal(layout.panes[PANE_PROCESSES].rows, 12);
    layout =
        layout_of(43, 132, 6, 0, PANE_PROCESSES); /* no runs: a line that says so, and no more */
    assert_int_equal(layout.panes[PANE_RUNS].rows, 3);
    assert_true(layout_of(2, 80, 6, 20, PANE_PROCESSES).too_small);
}

/* --- keys --- */

static void press(struct view *view, uint32_t key)
{
    const struct input input = { .key = key };

    keys_take(view, &input, 24, 80);
}

static void type(struct view *view, const char *text)
{
    for (; *text != '\0'; text++)
        press(view, (uint32_t)(unsigned char)*text);
}

static int32_t pid_at(const struct view *view, size_t row)
{
    assert_true(row < view->row_count);
    return view->rows[row].process->process.pid;
}

static void test_columns_sort_and_turn_around(void **state)
{
    struct view view;

    (void)state;
    sample_view(&view);
    assert_int_equal(pid_at(&view, 0), 4242); /* energy: 25200, 9000, 1300, 30 J */
    assert_int_equal(pid_at(&view, 1), 900);
    press(&view, 'W');
    assert_int_equal(pid_at(&view, 1), 4250); /* 420, 20, 4, 0.2 W */
    press(&view, 'I');
    assert_int_equal(pid_at(&view, 0), 77);
    press(&view, 'N');
    assert_int_equal(pid_at(&view, 0), 77);
    assert_int_equal(pid_at(&view, 3), 4250);
    press(&view, KEY_OF_F1 + 5); /* the next column: users */
    assert_int_equal(pid_at(&view, 0), 4242);
    press(&view, '<');
    assert_int_equal(view.sort, SORT_PID);
    press(&view, '-');
    assert_int_equal(pid_at(&view, 0), 4250);
    sample_free(&view);
}

static void test_a_filter_hides_and_escape_shows_again(void **state)
{
    struct view view;

    (void)state;
    sample_view(&view);
    press(&view, '\\');
    type(&view, "PYthonn");
    assert_int_equal(view.row_count, 0);
    press(&view, KEY_OF_BACKSPACE);
    assert_int_equal(view.row_count, 2); /* as it is typed, in small letters or large */
    press(&view, KEY_OF_ENTER);
    assert_string_equal(view.filter, "PYthon");
    press(&view, KEY_OF_ESCAPE);
    assert_int_equal(view.row_count, 4);
    assert_false(view.ended);
    press(&view, KEY_OF_F1 + 3);
    type(&view, "q"); /* a letter here, and no key */
    assert_false(view.ended);
    press(&view, KEY_OF_ESCAPE);
    assert_int_equal(view.row_count, 4);
    sample_free(&view);
}

static void test_a_search_goes_to_the_next_one_around_the_end(void **state)
{
    struct view view;

    (void)state;
    sample_view(&view);
    press(&view, '/');
    type(&view, "python3");
    assert_int_equal(view.selected_pid, 4242);
    press(&view, KEY_OF_F1 + 2);
    assert_int_equal(view.selected_pid, 4250);
    press(&view, KEY_OF_ENTER);
    press(&view, 'n');
    assert_int_equal(view.selected_pid, 4242);
    assert_int_equal(view.row_count, 4); /* nothing is hidden */
    press(&view, '/');
    type(&view, "\xc3\xa9"); /* bytes of a terminal come as one character; two are two */
    press(&view, KEY_OF_BACKSPACE);
    press(&view, KEY_OF_BACKSPACE);
    press(&view, KEY_OF_BACKSPACE);
    assert_string_equal(view.typed, "");
    sample_free(&view);
}

static void test_the_selected_process_stays_so_when_the_order_changes(void **state)
{
    struct view view;

    (void)state;
    sample_view(&view);
    press(&view, KEY_OF_DOWN);
    assert_int_equal(view.selected_pid, 900);
    view.sort = SORT_WATTS;
    view_arrange(&view);
    assert_int_equal(view.selected, 2);
    press(&view, KEY_OF_END);
    assert_int_equal(view.selected_pid, 77);
    press(&view, KEY_OF_HOME);
    press(&view, KEY_OF_UP);
    assert_int_equal(view.selected_pid, 4242);
    sample_free(&view);
}

static void test_a_tree_has_what_children_use(void **state)
{
    struct view view;

    (void)state;
    sample_view(&view);
    press(&view, 't');
    assert_int_equal(pid_at(&view, 0), 4242);
    assert_true(view.rows[0].watts == 440 && view.rows[0].joules == 26500);
    assert_int_equal(pid_at(&view, 1), 4250);
    assert_int_equal(view.rows[1].depth, 1);
    assert_true(view.rows[1].watts == 20);
    assert_int_equal(view.row_count, 4);
    press(&view, KEY_OF_F1 + 4);
    assert_int_equal(pid_at(&view, 1), 900);
    sample_free(&view);
}

static void test_panes_pause_units_and_the_end(void **state)
{
    struct view view;
    struct glance glance;

    (void)state;
    sample_view(&view);
    press(&view, KEY_OF_TAB);
    assert_int_equal(view.pane, PANE_RUNS);
    press(&view, KEY_OF_BACK_TAB);
    press(&view, KEY_OF_BACK_TAB);
    assert_int_equal(view.pane, PANE_DEVICES);
    press(&view, '1');
    assert_int_equal(view.pane, PANE_PROCESSES);
    press(&view, 'u');
    assert_int_equal(view.row_count, 2);
    press(&view, 'u');
    press(&view, ' ');
    glance = view.glance;
    glance.watts.value = 1;
    assert_int_equal(view_take(&view, &glance), 0);
    assert_true(view.glance.watts.value == 630); /* the picture stands still */
    press(&view, ' ');
    assert_false(view.paused);
    press(&view, 'h');
    assert_true(view.help);
    press(&view, 'x');
    assert_false(view.help);
    press(&view, 'q');
    assert_true(view.ended);
    sample_free(&view);
}

/* Where a text stands in a picture: its row, and its column. */
static struct input click_at(const struct canvas *canvas, const char *text)
{
    struct input input = { .key = KEY_OF_CLICK, .row = -1 };

    for (int i = 0; i < canvas->rows && input.row < 0; i++) {
        const char *line = canvas_line(canvas, i);
        const char *found = strstr(line, text);

        if (found == NULL)
            continue;
        input.row = i;
        for (const char *at = line; at < found; at++)
            input.column += ((unsigned char)*at & 0xc0) != 0x80;
    }
    assert_true(input.row >= 0);
    return input;
}

static void test_clicks_go_where_they_are_seen(void **state)
{
    struct view view;
    struct canvas canvas = blank(60, 200, true);
    struct input input;

    (void)state;
    sample_view(&view);
    draw_screen(&canvas, &view);
    input = click_at(&canvas, "CPU% ");
    keys_take(&view, &input, 60, 200);
    assert_int_equal(view.sort, SORT_CPU);
    keys_take(&view, &input, 60, 200);
    assert_true(view.ascending);
    input = click_at(&canvas, "/usr/sbin/named");
    view.sort = SORT_ENERGY;
    view.ascending = false;
    view_arrange(&view);
    keys_take(&view, &input, 60, 200);
    assert_int_equal(view.selected_pid, 900);
    input = click_at(&canvas, "▶ train.py");
    keys_take(&view, &input, 60, 200);
    assert_int_equal(view.pane, PANE_RUNS);
    input = click_at(&canvas, "q Quit");
    keys_take(&view, &input, 60, 200);
    assert_true(view.ended);
    canvas_deinit(&canvas);
    sample_free(&view);
}

static void test_bytes_have_a_fitting_unit(void **state)
{
    char text[BYTES_SIZE];
    char both[2 * BYTES_SIZE];

    (void)state;
    view_bytes(text, 0, true);
    assert_string_equal(text, "0 B");
    view_bytes(text, 6.2 * (1 << 20), true);
    assert_string_equal(text, "6.2 MiB");
    view_bytes(text, 1000.0 * (1 << 20), true);
    assert_string_equal(text, "1.0 GiB");
    view_bytes(text, NAN, false);
    assert_string_equal(text, "-");
    view_bytes_of(both, 100.0 * (1 << 20), 80.0 * (1 << 30), true);
    assert_string_equal(both, "0.1/80 GiB");
    view_bytes_of(both, 31.0 * (1 << 30), NAN, true);
    assert_string_equal(both, "31 GiB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_cut_to_its_columns),
        cmocka_unit_test(test_wide_characters_take_two_columns),
        cmocka_unit_test(test_nothing_is_drawn_outside),
        cmocka_unit_test(test_a_bar_is_as_full_as_it_should_be),
        cmocka_unit_test(test_a_curve_tells_what_it_rests_on),
        cmocka_unit_test(test_scales_end_at_a_round_figure),
        cmocka_unit_test(test_a_trend_forgets_the_oldest),
        cmocka_unit_test(test_no_layout_overlaps_or_leaves_the_screen),
        cmocka_unit_test(test_sizes_have_what_they_should),
        cmocka_unit_test(test_columns_sort_and_turn_around),
        cmocka_unit_test(test_a_filter_hides_and_escape_shows_again),
        cmocka_unit_test(test_a_search_goes_to_the_next_one_around_the_end),
        cmocka_unit_test(test_the_selected_process_stays_so_when_the_order_changes),
        cmocka_unit_test(test_a_tree_has_what_children_use),
        cmocka_unit_test(test_panes_pause_units_and_the_end),
        cmocka_unit_test(test_clicks_go_where_they_are_seen),
        cmocka_unit_test(test_bytes_have_a_fitting_unit),
    };

    (void)setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
