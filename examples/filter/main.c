/* Runs an image through a filter in a sandbox. The image is written straight into the filter's memory: nothing is copied
 * twice, and the filter can reach nothing else. */
#include "filter.h"
#include <stdio.h>

int main(void)
{
    enum { WIDTH = 16, HEIGHT = 4 };
    filter_instance *filter;
    wasmaot_status status;
    uint8_t *pixels;
    int32_t at;
    int i;

    status = filter_new(NULL, NULL, &filter);
    if (status != WASMAOT_OK) {
        fprintf(stderr, "filter: %s\n", wasmaot_last_error());
        return 1;
    }
    at = filter_allocate(filter, WIDTH * HEIGHT);
    pixels = wasmaot_memory_at(filter_memory(filter), (uint32_t)at, WIDTH * HEIGHT);
    if (!pixels)
        return 1;
    for (i = 0; i < WIDTH * HEIGHT; i++)
        pixels[i] = (uint8_t)(i * 4);

    status = filter_try_invert(filter, at, WIDTH, HEIGHT);
    printf("%s: %d, %d, ... %d\n", wasmaot_status_message(status), pixels[0], pixels[1], pixels[WIDTH * HEIGHT - 1]);

    /* A size that is a lie ends in a status, not in the host's memory. */
    status = filter_try_invert(filter, at, 1 << 15, 1 << 15);
    printf("%s\n", wasmaot_message((wasmaot_instance *)filter));
    filter_delete(filter);
    return status == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS ? 0 : 1;
}
