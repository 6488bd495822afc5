/* SPDX-License-Identifier: Apache-2.0 */
/* examples/digits.c - strokes as a hand would bend them, and pixels from them */
#include "digits.h"

#include <math.h>
#include <stdlib.h>

#define CURVE_STEPS 8
#define STROKE_POINTS_MAX 9
#define GLYPH_STROKES_MAX 3

struct point {
    float x;
    float y;
};

struct stroke {
    size_t point_count;
    struct point points[STROKE_POINTS_MAX];
};

struct glyph {
    unsigned char digit;
    size_t stroke_count;
    struct stroke strokes[GLYPH_STROKES_MAX];
};

/* Maps the unit box of a glyph to pixels, plus how the pen behaves. */
struct distortion {
    float matrix[2][2];
    struct point centre_pixels;
    float wobble;
    float pen_radius_pixels;
    float ink;
    float noise;
};

/* Control points in a box from -0.5 to 0.5, y downwards. Several glyphs may share a digit: people
 * write 1, 4, and 7 in more than one way. */
/* clang-format off */
static const struct glyph glyphs[] = {
    {0, 1, {{7, {{0.0F, -0.5F}, {-0.3F, -0.25F}, {-0.3F, 0.25F}, {0.0F, 0.5F}, {0.3F, 0.25F},
                 {0.3F, -0.25F}, {0.0F, -0.5F}}}}},
    {1, 1, {{3, {{0.0F, -0.5F}, {0.0F, 0.0F}, {0.0F, 0.5F}}}}},
    {1, 3, {{2, {{-0.2F, -0.3F}, {0.03F, -0.5F}}},
            {3, {{0.03F, -0.5F}, {0.03F, 0.0F}, {0.03F, 0.5F}}},
            {2, {{-0.2F, 0.5F}, {0.23F, 0.5F}}}}},
    {2, 2, {{5, {{-0.28F, -0.28F}, {-0.05F, -0.5F}, {0.25F, -0.3F}, {0.12F, 0.0F},
                 {-0.28F, 0.48F}}},
            {3, {{-0.28F, 0.48F}, {0.0F, 0.46F}, {0.3F, 0.48F}}}}},
    {3, 2, {{4, {{-0.25F, -0.4F}, {0.0F, -0.5F}, {0.24F, -0.28F}, {-0.03F, -0.03F}}},
            {4, {{-0.03F, -0.03F}, {0.28F, 0.2F}, {0.02F, 0.5F}, {-0.28F, 0.36F}}}}},
    {4, 2, {{4, {{-0.22F, -0.48F}, {-0.27F, 0.0F}, {0.0F, 0.1F}, {0.3F, 0.06F}}},
            {3, {{0.16F, -0.4F}, {0.14F, 0.05F}, {0.1F, 0.5F}}}}},
    {4, 3, {{3, {{0.12F, -0.5F}, {-0.1F, -0.18F}, {-0.3F, 0.14F}}},
            {3, {{-0.3F, 0.14F}, {0.0F, 0.15F}, {0.3F, 0.14F}}},
            {3, {{0.12F, -0.5F}, {0.12F, 0.0F}, {0.12F, 0.5F}}}}},
    {5, 3, {{2, {{0.25F, -0.48F}, {-0.2F, -0.48F}}},
            {2, {{-0.2F, -0.48F}, {-0.23F, -0.08F}}},
            {5, {{-0.23F, -0.08F}, {0.1F, -0.15F}, {0.28F, 0.15F}, {0.05F, 0.48F},
                 {-0.27F, 0.38F}}}}},
    {6, 1, {{7, {{0.2F, -0.48F}, {-0.15F, -0.2F}, {-0.27F, 0.2F}, {0.0F, 0.5F}, {0.26F, 0.22F},
                 {0.02F, 0.0F}, {-0.24F, 0.2F}}}}},
    {7, 2, {{3, {{-0.28F, -0.47F}, {0.0F, -0.48F}, {0.28F, -0.47F}}},
            {3, {{0.28F, -0.47F}, {0.07F, 0.0F}, {-0.08F, 0.5F}}}}},
    {7, 3, {{3, {{-0.28F, -0.47F}, {0.0F, -0.48F}, {0.28F, -0.47F}}},
            {3, {{0.28F, -0.47F}, {0.07F, 0.0F}, {-0.08F, 0.5F}}},
            {2, {{-0.13F, 0.0F}, {0.24F, -0.02F}}}}},
    {8, 1, {{9, {{0.22F, -0.35F}, {0.0F, -0.5F}, {-0.22F, -0.3F}, {0.0F, -0.03F},
                 {0.27F, 0.25F}, {0.0F, 0.5F}, {-0.27F, 0.25F}, {0.0F, -0.03F},
                 {0.22F, -0.35F}}}}},
    {9, 2, {{5, {{0.24F, -0.25F}, {0.03F, -0.5F}, {-0.24F, -0.25F}, {-0.02F, -0.02F},
                 {0.22F, -0.2F}}},
            {3, {{0.24F, -0.35F}, {0.2F, 0.1F}, {0.05F, 0.5F}}}}},
};
/* clang-format on */

#define GLYPH_COUNT (sizeof(glyphs) / sizeof(glyphs[0]))

static struct distortion random_distortion(struct random_state *state)
{
    struct distortion result;
    float angle_radians = 0.17F * random_bell(state);
    float shear = 0.19F * random_bell(state);
    float height_pixels = random_uniform(state, 12.5F, 18.5F);
    float width_pixels = height_pixels * random_uniform(state, 0.75F, 1.15F);
    float cosine = cosf(angle_radians);
    float sine = sinf(angle_radians);
    float middle_pixels = 0.5F * (float)(IMAGE_SIDE_PIXELS - 1);

    result.matrix[0][0] = width_pixels * cosine;
    result.matrix[0][1] = height_pixels * (-shear * cosine - sine);
    result.matrix[1][0] = width_pixels * sine;
    result.matrix[1][1] = height_pixels * (cosine - shear * sine);
    result.centre_pixels.x = middle_pixels + random_uniform(state, -2.2F, 2.2F);
    result.centre_pixels.y = middle_pixels + random_uniform(state, -2.2F, 2.2F);
    result.wobble = random_uniform(state, 0.015F, 0.055F);
    result.pen_radius_pixels = random_uniform(state, 0.5F, 1.4F);
    result.ink = random_uniform(state, 0.65F, 1.0F);
    result.noise = random_uniform(state, 0.05F, 0.22F);
    return result;
}

static struct point distort_point(const struct distortion *how, struct point from,
                                  struct random_state *state)
{
    float x = from.x + how->wobble * random_bell(state);
    float y = from.y + how->wobble * random_bell(state);
    struct point result = {
        how->centre_pixels.x + how->matrix[0][0] * x + how->matrix[0][1] * y,
        how->centre_pixels.y + how->matrix[1][0] * x + how->matrix[1][1] * y,
    };

    return result;
}

static float distance_to_segment(struct point from, struct point start, struct point end)
{
    float along_x = end.x - start.x;
    float along_y = end.y - start.y;
    float length_squared = along_x * along_x + along_y * along_y;
    float position = 0.0F;

    if (length_squared > 0.0F) {
        position = ((from.x - start.x) * along_x + (from.y - start.y) * along_y) / length_squared;
        position = fminf(fmaxf(position, 0.0F), 1.0F);
    }
    float gap_x = start.x + position * along_x - from.x;
    float gap_y = start.y + position * along_y - from.y;

    return sqrtf(gap_x * gap_x + gap_y * gap_y);
}

static int clamp_to_image(float position_pixels)
{
    return (int)fminf(fmaxf(position_pixels, 0.0F), (float)(IMAGE_SIDE_PIXELS - 1));
}

/* Only the pixels near the segment are looked at: the rest cannot get ink from it. */
static void draw_segment(float *image, struct point start, struct point end,
                         float pen_radius_pixels)
{
    float reach = pen_radius_pixels + 1.0F;
    int left = clamp_to_image(floorf(fminf(start.x, end.x) - reach));
    int right = clamp_to_image(ceilf(fmaxf(start.x, end.x) + reach));
    int top = clamp_to_image(floorf(fminf(start.y, end.y) - reach));
    int bottom = clamp_to_image(ceilf(fmaxf(start.y, end.y) + reach));

    for (int row = top; row <= bottom; row++) {
        for (int column = left; column <= right; column++) {
            struct point here = { (float)column, (float)row };
            float coverage = pen_radius_pixels + 0.5F - distance_to_segment(here, start, end);
            float *pixel = &image[row * IMAGE_SIDE_PIXELS + column];

            *pixel = fmaxf(*pixel, fminf(coverage, 1.0F));
        }
    }
}

static float curve_coordinate(float before, float start, float end, float after, float position)
{
    float square = position * position;
    float cube = square * position;

    return 0.5F * (2.0F * start + (end - before) * position +
                   (2.0F * before - 5.0F * start + 4.0F * end - after) * square +
                   (3.0F * start - before - 3.0F * end + after) * cube);
}

/* A Catmull-Rom curve: it passes through its control points, so moving one bends the stroke the
 * way a hand would. */
static void draw_stroke(float *image, const struct stroke *shape, const struct distortion *how,
                        struct random_state *state)
{
    struct point control[STROKE_POINTS_MAX];
    size_t last = shape->point_count - 1;

    for (size_t index = 0; index <= last; index++) {
        control[index] = distort_point(how, shape->points[index], state);
    }
    struct point pen = control[0];

    for (size_t index = 0; index < last; index++) {
        struct point before = control[index > 0 ? index - 1 : 0];
        struct point start = control[index];
        struct point end = control[index + 1];
        struct point after = control[index + 2 <= last ? index + 2 : last];

        for (int step = 1; step <= CURVE_STEPS; step++) {
            float position = (float)step / (float)CURVE_STEPS;
            struct point next = {
                curve_coordinate(before.x, start.x, end.x, after.x, position),
                curve_coordinate(before.y, start.y, end.y, after.y, position),
            };

            draw_segment(image, pen, next, how->pen_radius_pixels);
            pen = next;
        }
    }
}

/* The digit is drawn first and the glyph second, so that every digit is equally likely. */
static const struct glyph *random_glyph(struct random_state *state)
{
    size_t digit = random_index(state, CLASS_COUNT);
    size_t first = 0;
    size_t variants = 0;

    for (size_t index = 0; index < GLYPH_COUNT; index++) {
        if (glyphs[index].digit == digit) {
            first = variants == 0 ? index : first;
            variants++;
        }
    }
    return &glyphs[first + random_index(state, variants)];
}

static unsigned char draw_digit(float *image, struct random_state *state)
{
    const struct glyph *shape = random_glyph(state);
    struct distortion how = random_distortion(state);

    for (size_t index = 0; index < IMAGE_PIXELS; index++) {
        image[index] = 0.0F;
    }
    for (size_t index = 0; index < shape->stroke_count; index++) {
        draw_stroke(image, &shape->strokes[index], &how, state);
    }
    for (size_t index = 0; index < IMAGE_PIXELS; index++) {
        float value = how.ink * image[index] + how.noise * random_bell(state);

        image[index] = fminf(fmaxf(value, 0.0F), 1.0F);
    }
    return shape->digit;
}

bool data_set_create(struct data_set *set, size_t count, long seed, enum random_stream stream)
{
    struct random_state state = random_start(seed, stream);

    set->count = count;
    set->pixels = calloc(count, IMAGE_PIXELS * sizeof(*set->pixels));
    set->labels = calloc(count, sizeof(*set->labels));
    if (set->pixels == NULL || set->labels == NULL) {
        return false;
    }
    for (size_t index = 0; index < count; index++) {
        set->labels[index] = draw_digit(set->pixels + index * IMAGE_PIXELS, &state);
    }
    return true;
}

void data_set_free(struct data_set *set)
{
    free(set->pixels);
    free(set->labels);
}
