/* The driver of the tests driver_*.erl: each control operation tries one part of the driver interface. */
#include <erl_driver.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  ErlDrvPort port;
  ErlDrvTermData owner;
  ErlDrvMonitor monitor;
  int pipe[2];
} Probe;

static void say(Probe *p, char *tag, ErlDrvSInt n) {
  ErlDrvTermData spec[] = {ERL_DRV_ATOM, driver_mk_atom(tag), ERL_DRV_INT, (ErlDrvTermData)n, ERL_DRV_TUPLE, 2};
  erl_drv_output_term(driver_mk_port(p->port), spec, sizeof spec / sizeof *spec);
}

static ErlDrvData start(ErlDrvPort port, char *command) {
  char *how = strchr(command, ' ');
  if (how && !strcmp(how, " general")) return ERL_DRV_ERROR_GENERAL;
  if (how && !strcmp(how, " badarg")) return ERL_DRV_ERROR_BADARG;
  if (how && !strcmp(how, " errno")) {
    errno = EACCES;
    return ERL_DRV_ERROR_ERRNO;
  }
  Probe *p = driver_alloc(sizeof *p);
  memset(p, 0, sizeof *p);
  p->port = port;
  p->owner = driver_connected(port);
  p->pipe[0] = p->pipe[1] = -1;
  set_port_control_flags(port, PORT_CONTROL_FLAG_BINARY);
  return (ErlDrvData)p;
}

static void stop(ErlDrvData d) {
  Probe *p = (Probe *)d;
  say(p, "stop", (ErlDrvSInt)driver_sizeq(p->port));
  if (p->pipe[0] >= 0) driver_select(p->port, (ErlDrvEvent)(long)p->pipe[0], ERL_DRV_USE | ERL_DRV_READ, 0);
  if (p->pipe[1] >= 0) close(p->pipe[1]);
  driver_free(p);
}

static void stop_select(ErlDrvEvent event, void *reserved) { close((int)(long)event); }

static void outputv(ErlDrvData d, ErlIOVec *ev) {
  Probe *p = (Probe *)d;
  driver_enqv(p->port, ev, 0);
  say(p, "queued", (ErlDrvSInt)driver_sizeq(p->port));
}

static void ready_input(ErlDrvData d, ErlDrvEvent event) {
  Probe *p = (Probe *)d;
  char buffer[100];
  ssize_t n = read((int)(long)event, buffer, sizeof buffer);
  if (n > 0) driver_output2(p->port, "in:", 3, buffer, n);
  else {
    driver_select(p->port, event, ERL_DRV_READ, 0);
    driver_failure_eof(p->port);
  }
}

static void timeout(ErlDrvData d) { say((Probe *)d, "timeout", 0); }
static void flush(ErlDrvData d) {
  Probe *p = (Probe *)d;
  say(p, "flush", 0);
  driver_set_timer(p->port, 1);
}
static void last_timeout(ErlDrvData d) {
  Probe *p = (Probe *)d;
  timeout(d);
  driver_deq(p->port, driver_sizeq(p->port));
}

static void async_call(void *data) { ++*(int *)data; }
static void async_free(void *data) { driver_free(data); }
static void ready_async(ErlDrvData d, ErlDrvThreadData data) {
  say((Probe *)d, "async", *(int *)data);
  driver_free(data);
}

static void process_exit(ErlDrvData d, ErlDrvMonitor *monitor) {
  Probe *p = (Probe *)d;
  say(p, "process_exit", driver_compare_monitors(monitor, &p->monitor));
}

static void all_terms(Probe *p) {
  double pi = 3.25;
  ErlDrvSInt64 least = -1L << 63;
  ErlDrvUInt64 most = ~0UL;
  unsigned char external[] = {131, 104, 2, 97, 1, 106};
  ErlDrvBinary *bin = driver_alloc_binary(100);
  memset(bin->orig_bytes, 'b', 100);
  ErlDrvTermData spec[] = {
      ERL_DRV_ATOM, driver_mk_atom("terms"), ERL_DRV_NIL, ERL_DRV_INT, (ErlDrvTermData)-7, ERL_DRV_UINT, ~0UL,
      ERL_DRV_INT64, (ErlDrvTermData)&least, ERL_DRV_UINT64, (ErlDrvTermData)&most, ERL_DRV_FLOAT, (ErlDrvTermData)&pi,
      ERL_DRV_STRING, (ErlDrvTermData)"abc", 3, ERL_DRV_ATOM, driver_mk_atom("tail"), ERL_DRV_STRING_CONS, (ErlDrvTermData)"xy", 2,
      ERL_DRV_BINARY, (ErlDrvTermData)bin, 3, 1, ERL_DRV_BINARY, (ErlDrvTermData)bin, 90, 10, ERL_DRV_BUF2BINARY, (ErlDrvTermData)"buf", 3,
      ERL_DRV_EXT2TERM, (ErlDrvTermData)external, sizeof external,
      ERL_DRV_ATOM, driver_mk_atom("k"), ERL_DRV_INT, 1, ERL_DRV_ATOM, driver_mk_atom("l"), ERL_DRV_INT, 2, ERL_DRV_MAP, 2,
      ERL_DRV_INT, 1, ERL_DRV_INT, 2, ERL_DRV_NIL, ERL_DRV_LIST, 3, ERL_DRV_TUPLE, 15};
  erl_drv_send_term(driver_mk_port(p->port), driver_caller(p->port), spec, sizeof spec / sizeof *spec);
  driver_free_binary(bin);
}

static ErlDrvSSizeT control(ErlDrvData d, unsigned command, char *in, ErlDrvSizeT size, char **out, ErlDrvSizeT room) {
  Probe *p = (Probe *)d;
  switch (command) {
    case 'e': { /* echo, in a binary */
      ErlDrvBinary *bin = driver_alloc_binary(size);
      memcpy(bin->orig_bytes, in, size);
      *out = (char *)bin;
      return size;
    }
    case 'l': /* echo, in a list */
      set_port_control_flags(p->port, 0);
      if (size > room) *out = driver_alloc(size);
      memcpy(*out, in, size);
      return size;
    case 'n': *out = NULL; return 0;
    case 't': all_terms(p); return 0;
    case 'T': driver_set_timer(p->port, 5); return 0;
    case 'C': {
      unsigned long left;
      driver_set_timer(p->port, 50000);
      driver_read_timer(p->port, &left);
      driver_cancel_timer(p->port);
      say(p, "left", left > 40000 && left <= 50000);
      return 0;
    }
    case 'a': {
      int *n = driver_alloc(sizeof *n);
      *n = 41;
      driver_async(p->port, NULL, async_call, n, async_free);
      return 0;
    }
    case 'p': /* a pipe, written to */
      if (p->pipe[0] < 0) {
        if (pipe(p->pipe)) return -1;
        driver_select(p->port, (ErlDrvEvent)(long)p->pipe[0], ERL_DRV_USE | ERL_DRV_READ, 1);
      }
      return size && write(p->pipe[1], in, size) < 0 ? -1 : 0;
    case 'P': close(p->pipe[1]); p->pipe[1] = -1; return 0;
    case 'm': say(p, "monitored", driver_monitor_process(p->port, driver_caller(p->port), &p->monitor)); return 0;
    case 'M':
      say(p, "known", driver_get_monitored_process(p->port, &p->monitor) == driver_caller(p->port));
      say(p, "demonitored", driver_demonitor_process(p->port, &p->monitor));
      say(p, "again", driver_demonitor_process(p->port, &p->monitor));
      return 0;
    case 'q': { /* what is queued, as one binary */
      int count = 0, i;
      ErlIOVec ev;
      driver_peekqv(p->port, &ev);
      SysIOVec *all = driver_peekq(p->port, &count);
      ErlDrvBinary *bin = driver_alloc_binary(ev.size);
      size_t at = 0;
      for (i = 0; i < count; i++) {
        memcpy(bin->orig_bytes + at, all[i].iov_base, all[i].iov_len);
        at += all[i].iov_len;
      }
      /* The skipped bytes are cut off the vector given, which therefore must not be the queue's own. */
      SysIOVec copy[16];
      if (ev.vsize > 16) return -1;
      memcpy(copy, ev.iov, ev.vsize * sizeof *copy);
      ev.iov = copy;
      if (at) driver_outputv(p->port, "h", 1, &ev, 2);
      if (at) driver_output_binary(p->port, "hdr", 3, bin, 1, at - 1);
      driver_free_binary(bin);
      return 0;
    }
    case 'u': driver_pushq(p->port, in, size); return 0;
    case 'd': say(p, "left", (ErlDrvSInt)driver_deq(p->port, in[0])); return 0;
    case 'b': set_busy_port(p->port, size > 0); return 0;
    case 'B': {
      ErlDrvSizeT low = size ? 10 : 0, high = size ? 20 : 0;
      erl_drv_busy_msgq_limits(p->port, &low, &high);
      say(p, "low", low);
      say(p, "high", high);
      return 0;
    }
    case 'f': driver_failure_atom(p->port, "failed"); return 0;
    case 'x': driver_failure_posix(p->port, ENOSPC); return 0;
    case 'X': driver_exit(p->port, 0); return 0;
    case 'c': { /* a port more */
      Probe *other = driver_alloc(sizeof *other);
      memset(other, 0, sizeof *other);
      other->pipe[0] = other->pipe[1] = -1;
      other->port = driver_create_port(p->port, driver_caller(p->port), "second", (ErlDrvData)other);
      if (other->port == (ErlDrvPort)-1) {
        driver_free(other);
        return -1;
      }
      other->owner = driver_caller(p->port);
      ErlDrvTermData spec[] = {ERL_DRV_ATOM, driver_mk_atom("made"), ERL_DRV_PORT, driver_mk_port(other->port), ERL_DRV_TUPLE, 2};
      erl_drv_send_term(driver_mk_port(p->port), driver_caller(p->port), spec, 6);
      return 0;
    }
    default: return -1;
  }
}

static ErlDrvSSizeT call(ErlDrvData d, unsigned command, char *in, ErlDrvSizeT size, char **out, ErlDrvSizeT room, unsigned *flags) {
  if (command == 1) return -1;
  if (size > room) *out = driver_alloc(size);
  memcpy(*out, in, size);
  return size;
}

/* Says so where standard error goes. */
static void emergency_close(ErlDrvData d) {
  fprintf(stderr, "closed in an emergency\n");
  fflush(stderr);
}

static ErlDrvEntry entry = {
    NULL, start, stop, NULL, ready_input, NULL, "probe_drv", NULL, NULL, control, last_timeout, outputv, ready_async, flush, call, NULL,
    ERL_DRV_EXTENDED_MARKER, ERL_DRV_EXTENDED_MAJOR_VERSION, ERL_DRV_EXTENDED_MINOR_VERSION, ERL_DRV_FLAG_USE_PORT_LOCKING, NULL,
    process_exit, stop_select, emergency_close};

DRIVER_INIT(probe_drv) { return &entry; }
