/* The floor: the least a server on this kernel can do for a request. One thread, one epoll, one recv and one send per
 * request, the same bytes for everybody. Nothing is parsed but the end of the head.
 *
 *   floor PORT RESPONSE_FILE        RESPONSE_FILE holds head and body as they go over the wire
 *
 * Edge-triggered: the kernel need not look at a socket again that was just read empty. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_MAX = 8192, RESPONSE_MAX = 1 << 20, EVENTS_MAX = 256 };

struct connection {
    int fd;
    size_t read; /* bytes of a head that has not ended yet */
    char head[HEAD_MAX];
};

static char response[RESPONSE_MAX];
static size_t response_len;

static void check(int result, const char *what) {
    if (result < 0) {
        perror(what);
        exit(1);
    }
}

static void load(const char *path) {
    FILE *file = fopen(path, "rb");
    check(file ? 0 : -1, path);
    response_len = fread(response, 1, RESPONSE_MAX, file);
    fclose(file);
}

static int listen_on(int port) {
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    check(fd, "socket");
    check(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "SO_REUSEADDR");
    check(bind(fd, (struct sockaddr *)&address, sizeof address), "bind");
    check(listen(fd, 1024), "listen");
    return fd;
}

static void accept_all(int epoll, int listener) {
    int on = 1, fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        struct connection *connection = malloc(sizeof *connection);
        struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = connection};
        connection->fd = fd;
        connection->read = 0;
        check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
        check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
    }
}

/* Answers a head that has ended. A response that does not fit the socket's buffer ends the connection: then the client
 * counts an error, and the figures are not printed. */
static void answer(struct connection *connection) {
    ssize_t n = recv(connection->fd, connection->head + connection->read, HEAD_MAX - connection->read, 0);
    if (n > 0) {
        connection->read += n;
        if (!memmem(connection->head, connection->read, "\r\n\r\n", 4) && connection->read < HEAD_MAX)
            return;
        connection->read = 0;
        if (send(connection->fd, response, response_len, MSG_NOSIGNAL) == (ssize_t)response_len)
            return;
    } else if (n < 0 && errno == EAGAIN) {
        return;
    }
    close(connection->fd);
    free(connection);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: floor PORT RESPONSE_FILE\n");
        return 2;
    }
    load(argv[2]);
    int listener = listen_on(atoi(argv[1])), epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[EVENTS_MAX];
    check(epoll, "epoll_create1");
    check(epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event), "epoll_ctl");
    for (;;) {
        int n = epoll_wait(epoll, events, EVENTS_MAX, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr)
                answer(events[i].data.ptr);
            else
                accept_all(epoll, listener);
        }
    }
}
