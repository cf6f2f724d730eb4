/* Offers so many requests a second, whatever becomes of the ones before: an open loop, on one core, which it keeps busy.
 *
 *   offer PORT REQUESTS_FILE CONNECTIONS PER_SECOND SECONDS      PER_SECOND 0: each connection asks again when it was answered
 *
 * REQUESTS_FILE holds whole heads as they go over the wire, asked in turn. An answer's time counts from when its request was due, also
 * while no connection was free for it. Prints a line for each status: STATUS COUNT P50 P99 SLOWEST, times in microseconds. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REQUESTS_MAX = 1000, CONNECTIONS_MAX = 20000, HEAD_MAX = 16384, EVENTS_MAX = 1024, STATUS_MAX = 600 };

struct connection {
    int fd;
    int64_t due;      /* ns; of the request that is under way */
    size_t read;      /* bytes of a head that has not ended yet */
    size_t body_left; /* bytes of the body still to come, once the head has ended */
    int status;       /* 0: the head has not ended */
    char head[HEAD_MAX + 1];
};

struct answers {
    uint32_t *us;
    size_t n, room;
};

static struct {
    char *text;
    size_t len;
} requests[REQUESTS_MAX];
static int n_requests, turn;
static struct answers answers[STATUS_MAX];
static struct connection *idle[CONNECTIONS_MAX];
static int n_idle;

static void check(int result, const char *what) {
    if (result < 0) {
        perror(what);
        exit(1);
    }
}

static void fail(const char *what) {
    fprintf(stderr, "offer: %s\n", what);
    exit(1);
}

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void load(const char *path) {
    static char text[1 << 20];
    FILE *file = fopen(path, "rb");
    check(file ? 0 : -1, path);
    char *at = text, *end = text + fread(text, 1, sizeof text, file), *stop;
    fclose(file);
    while (n_requests < REQUESTS_MAX && (stop = memmem(at, end - at, "\r\n\r\n", 4))) {
        requests[n_requests].text = at;
        requests[n_requests++].len = stop + 4 - at;
        at = stop + 4;
    }
    if (!n_requests)
        fail("no whole head in the file");
}

static void connect_all(int epoll, int port, int n) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    for (int on = 1; n_idle < n; n_idle++) {
        struct connection *connection = calloc(1, sizeof *connection);
        struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = connection};
        check(connection->fd = socket(AF_INET, SOCK_STREAM, 0), "socket");
        check(connect(connection->fd, (struct sockaddr *)&address, sizeof address), "connect");
        check(setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
        check(epoll_ctl(epoll, EPOLL_CTL_ADD, connection->fd, &event), "epoll_ctl");
        idle[n_idle] = connection;
    }
}

static void ask(int64_t due) {
    struct connection *connection = idle[--n_idle];
    int which = turn++ % n_requests;
    connection->due = due;
    if (send(connection->fd, requests[which].text, requests[which].len, MSG_NOSIGNAL) != (ssize_t)requests[which].len)
        fail("a request was not taken");
}

static void note(int status, int64_t ns) {
    struct answers *those = &answers[status];
    if (those->n == those->room)
        those->us = realloc(those->us, (those->room = those->room * 2 + 1024) * sizeof *those->us);
    those->us[those->n++] = ns / 1000;
}

/* Reads what there is. Whether the answer is complete. */
static int answered(struct connection *connection) {
    static char body[1 << 17];
    for (;;) {
        char *to = connection->status ? body : connection->head + connection->read;
        size_t room = connection->status ? sizeof body : HEAD_MAX - connection->read;
        ssize_t n = recv(connection->fd, to, room, MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n <= 0)
            fail("a connection was closed");
        if (connection->status) {
            connection->body_left -= n;
        } else {
            char *end, *length;
            connection->read += n;
            connection->head[connection->read] = 0;
            if (!(end = strstr(connection->head, "\r\n\r\n"))) {
                if (connection->read == HEAD_MAX)
                    fail("a head without an end");
                continue;
            }
            connection->status = atoi(connection->head + 9);
            length = strcasestr(connection->head, "\r\ncontent-length:");
            if (connection->status < 100 || connection->status >= STATUS_MAX || !length || length > end)
                fail("an answer without status or length");
            connection->body_left = strtoul(length + 17, NULL, 10) - (connection->head + connection->read - end - 4);
        }
        if (!connection->body_left)
            return 1;
    }
}

static int by_value(const void *a, const void *b) {
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static void print(void) {
    for (int status = 0; status < STATUS_MAX; status++) {
        struct answers *those = &answers[status];
        if (!those->n)
            continue;
        qsort(those->us, those->n, sizeof *those->us, by_value);
        printf("%d %zu %u %u %u\n", status, those->n, those->us[those->n / 2], those->us[those->n * 99 / 100], those->us[those->n - 1]);
    }
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "usage: offer PORT REQUESTS_FILE CONNECTIONS PER_SECOND SECONDS\n");
        return 2;
    }
    int n = atoi(argv[3]), epoll = epoll_create1(0);
    double per_second = atof(argv[4]);
    if (n < 1 || n > CONNECTIONS_MAX)
        fail("1 to 20,000 connections");
    load(argv[2]);
    check(epoll, "epoll_create1");
    connect_all(epoll, atoi(argv[1]), n);
    static struct epoll_event events[EVENTS_MAX];
    int64_t began = now_ns(), until = began + (int64_t)(atof(argv[5]) * 1e9), given_up = until + 10000000000LL, n_asked = 0;
    for (;;) {
        int64_t now = now_ns(), due;
        while (n_idle && (due = per_second ? began + (int64_t)(n_asked * 1e9 / per_second) : now) <= now && due < until) {
            ask(due);
            n_asked++;
        }
        if (now >= until && n_idle == n)
            break;
        if (now >= given_up)
            fail("not all were answered within 10 s");
        int n_events = epoll_wait(epoll, events, EVENTS_MAX, per_second ? 0 : 100);
        now = now_ns();
        for (int i = 0; i < n_events; i++) {
            struct connection *connection = events[i].data.ptr;
            if (!answered(connection))
                continue;
            note(connection->status, now - connection->due);
            connection->read = connection->status = 0;
            idle[n_idle++] = connection;
        }
    }
    print();
    return 0;
}
