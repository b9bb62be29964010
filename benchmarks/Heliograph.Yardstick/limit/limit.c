// SPDX-License-Identifier: Apache-2.0
// The physical limit: one epoll process that writes one shared frame to N TCP sockets.
// limit PORT CTLPORT. Subscribers send 'S' (or 'F': snapshot first) on PORT; the publisher sends
// [type 'U'|'S'][u32 BE length][bytes] on CTLPORT; each subscriber gets [u32 BE length][bytes].
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
enum { MAXFD = 65536 };
static struct { unsigned char live; const char *snap; size_t left; } c[MAXFD];
static int subs[MAXFD], nsubs;
static char *snap; static size_t snaplen;
static int listen_on(int port) {
  int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, 4);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(s, (void *)&a, sizeof a) || listen(s, 65535)) { perror("listen"); exit(1); }
  return s;
}
static void push(int ep, int fd) { // continue a snapshot
  ssize_t n = send(fd, c[fd].snap, c[fd].left, MSG_NOSIGNAL);
  if (n > 0) { c[fd].snap += n; c[fd].left -= n; }
  struct epoll_event e = {.events = EPOLLIN | (c[fd].left ? EPOLLOUT : 0), .data.fd = fd};
  epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e);
}
int main(int argc, char **argv) {
  int ls = listen_on(atoi(argv[1])), lc = listen_on(atoi(argv[2])), ep = epoll_create1(0), ctl = -1;
  struct epoll_event ev[512], e = {.events = EPOLLIN, .data.fd = ls};
  epoll_ctl(ep, EPOLL_CTL_ADD, ls, &e); e.data.fd = lc; epoll_ctl(ep, EPOLL_CTL_ADD, lc, &e);
  static char in[1 << 20]; size_t have = 0;
  for (;;) {
    int k = epoll_wait(ep, ev, 512, -1);
    for (int i = 0; i < k; i++) {
      int fd = ev[i].data.fd;
      if (fd == ls || fd == lc) {
        int a;
        while ((a = accept4(fd, 0, 0, SOCK_NONBLOCK)) >= 0) {
          int one = 1; setsockopt(a, IPPROTO_TCP, TCP_NODELAY, &one, 4);
          memset(&c[a], 0, sizeof c[a]);
          if (fd == lc) { ctl = a; have = 0; }
          struct epoll_event x = {.events = EPOLLIN, .data.fd = a};
          epoll_ctl(ep, EPOLL_CTL_ADD, a, &x);
        }
        continue;
      }
      if (fd == ctl) {
        ssize_t n = recv(fd, in + have, sizeof in - have, 0);
        if (n <= 0) { if (n == 0 || errno != EAGAIN) { close(fd); ctl = -1; } continue; }
        have += n;
        for (;;) {
          if (have < 5) break;
          unsigned len; memcpy(&len, in + 1, 4); len = ntohl(len);
          if (have < 5 + len) break;
          if (in[0] == 'S') { free(snap); snaplen = len + 4; snap = malloc(snaplen); memcpy(snap, in + 1, snaplen); }
          else for (int j = 0; j < nsubs; j++) if (!c[subs[j]].left) send(subs[j], in + 1, len + 4, MSG_NOSIGNAL); // length prefix and payload are adjacent
          memmove(in, in + 5 + len, have - 5 - len); have -= 5 + len;
        }
        continue;
      }
      if (ev[i].events & EPOLLIN) {
        char b[16]; ssize_t n = recv(fd, b, sizeof b, 0);
        if (n <= 0) {
          if (n == 0 || errno != EAGAIN) {
            if (c[fd].live) for (int j = 0; j < nsubs; j++) if (subs[j] == fd) { subs[j] = subs[--nsubs]; break; }
            close(fd);
          }
          continue;
        }
        if (!c[fd].live) {
          c[fd].live = 1; subs[nsubs++] = fd;
          if (b[0] == 'F') { c[fd].snap = snap; c[fd].left = snaplen; push(ep, fd); }
          else send(fd, "\0\0\0\1!", 5, MSG_NOSIGNAL);
        }
      } else if ((ev[i].events & EPOLLOUT) && c[fd].left) push(ep, fd);
    }
  }
}
