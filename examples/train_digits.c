/* SPDX-License-Identifier: Apache-2.0 */
/* examples/train_digits.c - trains a small neural network on digits that it draws itself. */

/* clock_gettime() is hidden by -std=c17 unless POSIX is asked for. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define IMAGE_SIDE_PIXELS 24
#define IMAGE_PIXELS (IMAGE_SIDE_PIXELS * IMAGE_SIDE_PIXELS)
#define CLASS_COUNT 10
#define LAYER_COUNT 3
#define BATCH_SAMPLES 32
#define TEST_SAMPLES 2000
#define CURVE_STEPS 8
#define STROKE_POINTS_MAX 9
#define GLYPH_STROKES_MAX 3

#define MOMENTUM 0.9F
#define FIRST_LEARNING_RATE 0.008F
#define LAST_LEARNING_RATE 0.001F
/* Besides regularising, this keeps the velocities of dead units from decaying into subnormal
 * numbers, which would make the running time depend on the processor's slow path. */
#define WEIGHT_DECAY 1e-4F

#define REQUIRED_ACCURACY_PERCENT 95.0
#define DEFAULT_EPOCHS 16
#define DEFAULT_SAMPLES 25000
#define DEFAULT_SEED 1

#define EXIT_USAGE 2

/* Each use of randomness has its own stream, so the test digits never depend on, or repeat, the
 * training digits, and changing --samples leaves the test set as it was. */
enum random_stream {
    STREAM_TRAIN = 1,
    STREAM_TEST = 2,
    STREAM_WEIGHTS = 3,
    STREAM_SHUFFLE = 4,
};

struct random_state {
    uint64_t counter;
};

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

struct data_set {
    size_t count;
    float *pixels;
    unsigned char *labels;
};

/* The last row of the parameters holds the biases, so one loop updates everything. */
struct layer {
    size_t input_count;
    size_t output_count;
    size_t parameter_count;
    bool rectified;
    float *parameters;
    float *gradients;
    float *velocities;
    float *outputs;
    float *deltas;
};

struct network {
    struct layer layers[LAYER_COUNT];
};

struct options {
    long epochs;
    long samples;
    long seed;
};

struct epoch_result {
    double mean_loss;
    double accuracy_percent;
};

/* Control points in a box from -0.5 to 0.5, y downwards. Several glyphs may share a digit: people
 * write 1, 4, and 7 in more than one way. */
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

#define GLYPH_COUNT (sizeof(glyphs) / sizeof(glyphs[0]))

static uint64_t mix_bits(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return value ^ (value >> 31);
}

/* SplitMix64: a fixed sequence on every machine, which rand() does not promise. */
static uint64_t random_bits(struct random_state *state)
{
    state->counter += UINT64_C(0x9E3779B97F4A7C15);
    return mix_bits(state->counter);
}

static struct random_state random_start(long seed, enum random_stream stream)
{
    uint64_t hashed_seed = mix_bits((uint64_t)seed + UINT64_C(0x632BE59BD9B4E019));
    struct random_state state = {mix_bits(hashed_seed ^ ((uint64_t)stream << 56))};

    return state;
}

static float random_uniform(struct random_state *state, float low, float high)
{
    float fraction = (float)(random_bits(state) >> 40) * 0x1p-24F;

    return low + (high - low) * fraction;
}

static size_t random_index(struct random_state *state, size_t count)
{
    return (size_t)(random_bits(state) % count);
}

/* A sum of uniform numbers is close enough to a bell curve here and needs no logarithm. */
static float random_bell(struct random_state *state)
{
    float sum = 0.0F;

    for (int term = 0; term < 4; term++) {
        sum += random_uniform(state, -1.0F, 1.0F);
    }
    return sum * 0.8660254F;
}

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
            struct point here = {(float)column, (float)row};
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

    return 0.5F * (2.0F * start + (end - before) * position
                   + (2.0F * before - 5.0F * start + 4.0F * end - after) * square
                   + (3.0F * start - before - 3.0F * end + after) * cube);
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

static bool data_set_create(struct data_set *set, size_t count, long seed,
                            enum random_stream stream)
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

static void data_set_free(struct data_set *set)
{
    free(set->pixels);
    free(set->labels);
}

static bool layer_create(struct layer *layer, size_t input_count, size_t output_count,
                         struct random_state *state)
{
    layer->input_count = input_count;
    layer->output_count = output_count;
    layer->parameter_count = (input_count + 1) * output_count;
    layer->parameters = calloc(layer->parameter_count, sizeof(float));
    layer->gradients = calloc(layer->parameter_count, sizeof(float));
    layer->velocities = calloc(layer->parameter_count, sizeof(float));
    layer->outputs = calloc(output_count, sizeof(float));
    layer->deltas = calloc(output_count, sizeof(float));
    if (layer->parameters == NULL || layer->gradients == NULL || layer->velocities == NULL
        || layer->outputs == NULL || layer->deltas == NULL) {
        return false;
    }

    /* He initialisation keeps the signal's size steady through rectified layers. */
    float spread = sqrtf(2.0F / (float)input_count);

    for (size_t index = 0; index < input_count * output_count; index++) {
        layer->parameters[index] = spread * random_bell(state);
    }
    return true;
}

static bool network_create(struct network *network, long seed)
{
    static const size_t widths[LAYER_COUNT + 1] = {IMAGE_PIXELS, 128, 64, CLASS_COUNT};
    struct random_state state = random_start(seed, STREAM_WEIGHTS);

    for (size_t index = 0; index < LAYER_COUNT; index++) {
        struct layer *layer = &network->layers[index];

        layer->rectified = index + 1 < LAYER_COUNT;
        if (!layer_create(layer, widths[index], widths[index + 1], &state)) {
            return false;
        }
    }
    return true;
}

static void network_free(struct network *network)
{
    for (size_t index = 0; index < LAYER_COUNT; index++) {
        free(network->layers[index].parameters);
        free(network->layers[index].gradients);
        free(network->layers[index].velocities);
        free(network->layers[index].outputs);
        free(network->layers[index].deltas);
    }
}

/* No term is skipped when an input is zero: the work must not depend on the data. */
static void layer_forward(const struct layer *layer, const float *inputs)
{
    size_t output_count = layer->output_count;
    float *restrict outputs = layer->outputs;
    const float *restrict row = layer->parameters;

    memcpy(outputs, row + layer->input_count * output_count, output_count * sizeof(*outputs));
    for (size_t input = 0; input < layer->input_count; input++) {
        float scale = inputs[input];

        for (size_t output = 0; output < output_count; output++) {
            outputs[output] += scale * row[output];
        }
        row += output_count;
    }
    if (layer->rectified) {
        for (size_t output = 0; output < output_count; output++) {
            outputs[output] = fmaxf(outputs[output], 0.0F);
        }
    }
}

/* Adds this sample's part to the gradients. */
static void layer_backward(const struct layer *layer, const float *inputs)
{
    size_t output_count = layer->output_count;
    const float *restrict deltas = layer->deltas;
    float *restrict row = layer->gradients;

    for (size_t input = 0; input < layer->input_count; input++) {
        float scale = inputs[input];

        for (size_t output = 0; output < output_count; output++) {
            row[output] += scale * deltas[output];
        }
        row += output_count;
    }
    for (size_t output = 0; output < output_count; output++) {
        row[output] += deltas[output];
    }
}

/* Carries the error back to the layer below, whose outputs are this layer's inputs. */
static void layer_pass_error_down(const struct layer *layer, const struct layer *below)
{
    const float *row = layer->parameters;

    for (size_t input = 0; input < layer->input_count; input++) {
        float sum = 0.0F;

        for (size_t output = 0; output < layer->output_count; output++) {
            sum += row[output] * layer->deltas[output];
        }
        below->deltas[input] = below->outputs[input] > 0.0F ? sum : 0.0F;
        row += layer->output_count;
    }
}

static const struct layer *network_forward(const struct network *network, const float *image)
{
    const float *inputs = image;

    for (size_t index = 0; index < LAYER_COUNT; index++) {
        layer_forward(&network->layers[index], inputs);
        inputs = network->layers[index].outputs;
    }
    return &network->layers[LAYER_COUNT - 1];
}

static void network_backward(const struct network *network, const float *image)
{
    for (size_t index = LAYER_COUNT; index-- > 1;) {
        layer_backward(&network->layers[index], network->layers[index - 1].outputs);
        layer_pass_error_down(&network->layers[index], &network->layers[index - 1]);
    }
    layer_backward(&network->layers[0], image);
}

static size_t best_class(const float *scores)
{
    size_t best = 0;

    for (size_t index = 1; index < CLASS_COUNT; index++) {
        if (scores[index] > scores[best]) {
            best = index;
        }
    }
    return best;
}

/* Softmax and cross-entropy together: sets the top layer's deltas and returns the loss. The best
 * score is taken off first so that expf() cannot overflow. */
static float loss_and_deltas(const struct layer *top, size_t label)
{
    float best_score = top->outputs[best_class(top->outputs)];
    float sum = 0.0F;

    for (size_t index = 0; index < CLASS_COUNT; index++) {
        top->deltas[index] = expf(top->outputs[index] - best_score);
        sum += top->deltas[index];
    }
    for (size_t index = 0; index < CLASS_COUNT; index++) {
        top->deltas[index] /= sum;
    }
    top->deltas[label] -= 1.0F;
    return logf(sum) + best_score - top->outputs[label];
}

static void network_update(const struct network *network, float learning_rate,
                           size_t batch_samples)
{
    float gradient_scale = 1.0F / (float)batch_samples;

    for (size_t index = 0; index < LAYER_COUNT; index++) {
        const struct layer *layer = &network->layers[index];
        float *restrict parameters = layer->parameters;
        float *restrict gradients = layer->gradients;
        float *restrict velocities = layer->velocities;

        for (size_t at = 0; at < layer->parameter_count; at++) {
            float slope = gradients[at] * gradient_scale + WEIGHT_DECAY * parameters[at];

            velocities[at] = MOMENTUM * velocities[at] - learning_rate * slope;
            parameters[at] += velocities[at];
            gradients[at] = 0.0F;
        }
    }
}

static void shuffle(size_t *order, size_t count, struct random_state *state)
{
    for (size_t left = count; left > 1; left--) {
        size_t other = random_index(state, left);
        size_t held = order[left - 1];

        order[left - 1] = order[other];
        order[other] = held;
    }
}

/* Loss and accuracy are those met while learning, before each batch's update. */
static struct epoch_result train_epoch(const struct network *network, const struct data_set *set,
                                       const size_t *order, float learning_rate)
{
    double loss_sum = 0.0;
    size_t correct = 0;
    size_t batch_samples = 0;

    for (size_t index = 0; index < set->count; index++) {
        const float *image = set->pixels + order[index] * IMAGE_PIXELS;
        size_t label = set->labels[order[index]];
        const struct layer *top = network_forward(network, image);

        correct += best_class(top->outputs) == label;
        loss_sum += (double)loss_and_deltas(top, label);
        network_backward(network, image);
        batch_samples++;
        if (batch_samples == BATCH_SAMPLES || index + 1 == set->count) {
            network_update(network, learning_rate, batch_samples);
            batch_samples = 0;
        }
    }
    struct epoch_result result = {
        loss_sum / (double)set->count,
        100.0 * (double)correct / (double)set->count,
    };

    return result;
}

static double test_accuracy_percent(const struct network *network, const struct data_set *set)
{
    size_t correct = 0;

    for (size_t index = 0; index < set->count; index++) {
        const struct layer *top = network_forward(network, set->pixels + index * IMAGE_PIXELS);

        correct += best_class(top->outputs) == set->labels[index];
    }
    return 100.0 * (double)correct / (double)set->count;
}

static double monotonic_seconds(void)
{
    struct timespec now = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static float learning_rate_at(long epoch, long epochs)
{
    float progress = (float)epoch / (float)epochs;

    return FIRST_LEARNING_RATE + (LAST_LEARNING_RATE - FIRST_LEARNING_RATE) * progress;
}

/* Returns the test accuracy after the last epoch. */
static double train(const struct network *network, const struct data_set *training,
                    const struct data_set *testing, size_t *order, const struct options *options)
{
    struct random_state state = random_start(options->seed, STREAM_SHUFFLE);
    double accuracy_percent = 0.0;

    for (size_t index = 0; index < training->count; index++) {
        order[index] = index;
    }
    for (long epoch = 0; epoch < options->epochs; epoch++) {
        double start_seconds = monotonic_seconds();

        shuffle(order, training->count, &state);
        struct epoch_result result = train_epoch(network, training, order,
                                                 learning_rate_at(epoch, options->epochs));

        accuracy_percent = test_accuracy_percent(network, testing);
        printf("epoch %2ld/%ld  loss %.4f  train %6.2f %%  test %6.2f %%  %.2f s\n", epoch + 1,
               options->epochs, result.mean_loss, result.accuracy_percent, accuracy_percent,
               monotonic_seconds() - start_seconds);
        /* A reader at the other end of a pipe wants each line when it happens. */
        (void)fflush(stdout);
    }
    return accuracy_percent;
}

/* A full disk must not look like success. */
static bool output_is_written(void)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("train_digits: cannot write to standard output\n", stderr);
        return false;
    }
    return true;
}

static int report(double accuracy_percent, double start_seconds)
{
    printf("test accuracy %.2f %% after %.2f s\n", accuracy_percent,
           monotonic_seconds() - start_seconds);
    if (!output_is_written()) {
        return EXIT_FAILURE;
    }
    if (!(accuracy_percent > REQUIRED_ACCURACY_PERCENT)) {
        fprintf(stderr, "train_digits: test accuracy %.2f %% is not above %.0f %%\n",
                accuracy_percent, REQUIRED_ACCURACY_PERCENT);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

static int run(const struct options *options)
{
    double start_seconds = monotonic_seconds();
    size_t samples = (size_t)options->samples;
    struct network network = {0};
    struct data_set training = {0};
    struct data_set testing = {0};
    size_t *order = calloc(samples, sizeof(*order));
    int status = EXIT_FAILURE;

    if (order != NULL && network_create(&network, options->seed)
        && data_set_create(&training, samples, options->seed, STREAM_TRAIN)
        && data_set_create(&testing, TEST_SAMPLES, options->seed, STREAM_TEST)) {
        status = report(train(&network, &training, &testing, order, options), start_seconds);
    } else {
        fprintf(stderr, "train_digits: not enough memory for %ld samples\n", options->samples);
    }
    data_set_free(&testing);
    data_set_free(&training);
    network_free(&network);
    free(order);
    return status;
}

static void print_help(void)
{
    printf("Usage: train_digits [--epochs N] [--samples N] [--seed N]\n"
           "Train a small neural network on handwritten-like digits that the program draws.\n"
           "\n"
           "  --epochs N   passes over the training set, 1 to 10000 (default %d)\n"
           "  --samples N  training digits, 100 to 200000 (default %d)\n"
           "  --seed N     start of all random numbers, 0 or more (default %d)\n"
           "  --help       show this help and stop\n"
           "\n"
           "Exit status: 0 above %.0f %% test accuracy, 1 otherwise, 2 for a usage error.\n",
           DEFAULT_EPOCHS, DEFAULT_SAMPLES, DEFAULT_SEED, REQUIRED_ACCURACY_PERCENT);
}

/* strtol() alone would let through leading blanks, signs, and trailing text. */
static bool parse_number(const char *name, const char *text, long low, long high, long *number)
{
    char *end = NULL;

    errno = 0;
    long value = strtol(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < low
        || value > high) {
        fprintf(stderr, "train_digits: bad value '%s' for %s: need a whole number, %ld to %ld\n",
                text, name, low, high);
        return false;
    }
    *number = value;
    return true;
}

static bool parse_options(int count, char **arguments, struct options *options, bool *help)
{
    const struct {
        const char *name;
        long low;
        long high;
        long *number;
    } known[] = {
        {"--epochs", 1, 10000, &options->epochs},
        {"--samples", 100, 200000, &options->samples},
        {"--seed", 0, INT32_MAX, &options->seed},
    };
    const size_t known_count = sizeof(known) / sizeof(known[0]);

    for (int at = 1; at < count; at++) {
        const char *name = arguments[at];
        size_t which = 0;

        if (strcmp(name, "--help") == 0) {
            *help = true;
            return true;
        }
        while (which < known_count && strcmp(name, known[which].name) != 0) {
            which++;
        }
        if (which == known_count) {
            fprintf(stderr, "train_digits: unknown option '%s' (see --help)\n", name);
            return false;
        }
        at++;
        if (at >= count) {
            fprintf(stderr, "train_digits: option '%s' needs a value\n", name);
            return false;
        }
        if (!parse_number(name, arguments[at], known[which].low, known[which].high,
                          known[which].number)) {
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    struct options options = {DEFAULT_EPOCHS, DEFAULT_SAMPLES, DEFAULT_SEED};
    bool help = false;

    if (!parse_options(argc, argv, &options, &help)) {
        return EXIT_USAGE;
    }
    if (help) {
        print_help();
        return output_is_written() ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    return run(&options);
}
