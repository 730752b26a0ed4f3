/* Many readers of one stream: connects COUNT sockets to HOST:PORT, asks each for PATH, and checks every event that comes.
 *
 *     readers HOST PORT PATH COUNT
 *
 * An event is known by its data, which begins {"id":N,"at":"YYYY-MM-DDTHH:MM:SS.ffffffZ": ids have to be contiguous for
 * each reader, and the delay is the time since `at`. Commands on standard input: "reset" begins counting anew, "report"
 * prints the counts as one line of JSON. Ends with standard input. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define KEPT 4096
#define TENTHS 600000 /* delays up to a minute, in tenths of a millisecond */
#define AT_ONCE 64    /* requests whose answer has not come yet */

struct reader {
    int fd, kept, answered;
    long last;
    char tail[KEPT];
};

static struct reader *readers;
static int count, epoll_fd, waiting, open_readers;
static long deliveries, lost, twice, ended;
static unsigned long long bytes;
static unsigned delays[TENTHS];

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void note_delay(const char *at) {
    struct timeval time;
    gettimeofday(&time, NULL);
    double said = atoi(at + 14) * 60 + strtod(at + 17, NULL);
    double delay = (time.tv_sec % 3600) + time.tv_usec / 1e6 - said;
    if (delay < -1800) delay += 3600;
    long tenths = (long)(delay * 10000);
    delays[tenths < 0 ? 0 : tenths >= TENTHS ? TENTHS - 1 : tenths]++;
}

static void note_event(struct reader *reader, const char *data) {
    char *end;
    long id = strtol(data + 6, &end, 10);
    if (strncmp(end, ",\"at\":\"", 7)) return;
    if (reader->last && id <= reader->last) twice++;
    else {
        if (reader->last) lost += id - reader->last - 1;
        reader->last = id;
    }
    deliveries++;
    note_delay(end + 7);
}

/* Reads all that is there; an event whose end has not come is kept for the next time. */
static void read_events(struct reader *reader) {
    static char buffer[KEPT + 262144 + 1];
    memcpy(buffer, reader->tail, reader->kept);
    ssize_t got = recv(reader->fd, buffer + reader->kept, 262144, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        close(reader->fd);
        reader->fd = -1;
        ended++;
        open_readers--;
        return;
    }
    bytes += got;
    if (!reader->answered) {
        reader->answered = 1;
        waiting--;
        if (strncmp(buffer, "HTTP/1.1 200", 12)) fprintf(stderr, "%.200s\n", buffer), exit(1);
    }
    size_t length = reader->kept + got;
    buffer[length] = 0;
    char *from = buffer, *stop = buffer + length, *data;
    while ((data = memmem(from, stop - from, "{\"id\":", 6))) {
        char *end = memchr(data, '\n', stop - data);
        if (!end) break;
        note_event(reader, data);
        from = end;
    }
    if (!data) data = stop - from > 8 ? stop - 8 : from;
    reader->kept = stop - data > KEPT ? 0 : stop - data;
    memcpy(reader->tail, data, reader->kept);
}

static void turn(int milliseconds) {
    static struct epoll_event events[512];
    int found = epoll_wait(epoll_fd, events, 512, milliseconds);
    for (int index = 0; index < found; index++)
        if (events[index].data.ptr) read_events(events[index].data.ptr);
}

static void join(struct reader *reader, struct sockaddr_in *address, const char *request) {
    reader->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (reader->fd < 0 || connect(reader->fd, (struct sockaddr *)address, sizeof *address)) perror("connect"), exit(1);
    if (write(reader->fd, request, strlen(request)) < 0) perror("write"), exit(1);
    fcntl(reader->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = reader};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, reader->fd, &event);
    waiting++;
    open_readers++;
    while (waiting > AT_ONCE) turn(1000);
}

static double delay_at(double share) {
    unsigned long seen = 0, all = 0;
    for (int index = 0; index < TENTHS; index++) all += delays[index];
    for (int index = 0; index < TENTHS; index++)
        if ((seen += delays[index]) && seen >= share * all) return index / 10.0;
    return 0;
}

static void report(void) {
    long least = 0, most = 0;
    for (int index = 0; index < count; index++) {
        if (readers[index].fd < 0) continue;
        if (!least || readers[index].last < least) least = readers[index].last;
        if (readers[index].last > most) most = readers[index].last;
    }
    printf("{\"deliveries\": %ld, \"bytes\": %llu, \"lost\": %ld, \"twice\": %ld, \"ended\": %ld, \"open\": %d,"
           " \"least\": %ld, \"most\": %ld, \"p50\": %.1f, \"p99\": %.1f, \"worst\": %.1f}\n",
           deliveries, bytes, lost, twice, ended, open_readers, least, most, delay_at(.5), delay_at(.99), delay_at(1));
    fflush(stdout);
}

static int obey(void) {
    char command[64];
    ssize_t length = read(0, command, sizeof command - 1);
    if (length <= 0) return 0;
    if (!strncmp(command, "reset", 5)) {
        deliveries = lost = twice = ended = bytes = 0;
        memset(delays, 0, sizeof delays);
        puts("{}");
        fflush(stdout);
    } else
        report();
    return 1;
}

int main(int arguments, char **argument) {
    if (arguments != 5) return fprintf(stderr, "usage: readers HOST PORT PATH COUNT\n"), 2;
    count = atoi(argument[4]);
    struct rlimit limit = {count + 100, count + 100};
    setrlimit(RLIMIT_NOFILE, &limit);
    readers = calloc(count, sizeof *readers);
    epoll_fd = epoll_create1(0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argument[2]))};
    inet_pton(AF_INET, argument[1], &address.sin_addr);
    char request[1024];
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n", argument[3]);
    double began = now();
    for (int index = 0; index < count; index++) join(&readers[index], &address, request);
    while (waiting) turn(1000);
    printf("{\"connected\": %d, \"seconds\": %.3f}\n", count, now() - began);
    fflush(stdout);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, 0, &event);
    for (;;) {
        struct epoll_event events[512];
        int found = epoll_wait(epoll_fd, events, 512, -1);
        for (int index = 0; index < found; index++)
            if (events[index].data.ptr) read_events(events[index].data.ptr);
            else if (!obey()) return 0;
    }
}
