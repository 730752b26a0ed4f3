/* The yardstick: nothing but epoll and send().
 *
 *     sender PORT
 *
 * Whoever connects to PORT gets a head and then every block that is written to PORT + 1. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 65536

static int readers[MOST], place[MOST], count;
static char kind[MOST]; /* by descriptor: r a reader, p a publisher */
static const char HEAD[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
                           "Connection: close\r\n\r\nretry: 2000\n\n";

static int listen_on(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 4096)) perror("listen"), exit(1);
    return fd;
}

static void leave(int fd) {
    if (kind[fd] == 'r' && place[fd] >= 0) {
        readers[place[fd]] = readers[--count];
        place[readers[place[fd]]] = place[fd];
        place[fd] = -1;
    }
    close(fd);
}

static void take(int epoll_fd, int listener, char as) {
    int fd, on = 1, room = 128 * 1024;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (as == 'r') setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
        kind[fd] = as;
        place[fd] = -1;
        struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.fd = fd};
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
    }
}

static void answer(int fd) {
    char request[4096];
    if (recv(fd, request, sizeof request, 0) <= 0) {
        leave(fd);
        return;
    }
    if (place[fd] >= 0) return;
    send(fd, HEAD, sizeof HEAD - 1, MSG_NOSIGNAL);
    place[fd] = count;
    readers[count++] = fd;
}

static void forward(int fd) {
    static char block[1 << 20];
    static size_t length;
    ssize_t got = recv(fd, block + length, sizeof block - length, 0);
    if (got <= 0) {
        leave(fd);
        return;
    }
    length += got;
    if (length < 2 || memcmp(block + length - 2, "\n\n", 2)) return;
    for (int index = count - 1; index >= 0; index--)
        if (send(readers[index], block, length, MSG_NOSIGNAL) != (ssize_t)length) leave(readers[index]);
    length = 0;
}

int main(int arguments, char **argument) {
    if (arguments != 2) return fprintf(stderr, "usage: sender PORT\n"), 2;
    struct rlimit limit = {MOST, MOST};
    setrlimit(RLIMIT_NOFILE, &limit);
    int epoll_fd = epoll_create1(0), port = atoi(argument[1]);
    int listeners[2] = {listen_on(port), listen_on(port + 1)};
    for (int index = 0; index < 2; index++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = listeners[index]};
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listeners[index], &event);
    }
    for (;;) {
        struct epoll_event events[512];
        int found = epoll_wait(epoll_fd, events, 512, -1);
        for (int index = 0; index < found; index++) {
            int fd = events[index].data.fd;
            if (fd == listeners[0]) take(epoll_fd, fd, 'r');
            else if (fd == listeners[1]) take(epoll_fd, fd, 'p');
            else if (kind[fd] == 'p') forward(fd);
            else answer(fd);
        }
    }
}
