/* The library of tests/erl/nif_interface.erl. Compiled with -DVERSION=N; versions differ in what version/0 says. */
#include <erl_nif.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  ErlNifPid tell;
  int fds[2];
  ErlNifMonitor monitor;
} Probe;

static ErlNifResourceType *probe_type;

static ERL_NIF_TERM atom(ErlNifEnv *env, const char *name) { return enif_make_atom(env, name); }
static ERL_NIF_TERM boolean(ErlNifEnv *env, int b) { return atom(env, b ? "true" : "false"); }

static void tell(ErlNifEnv *env, Probe *p, const char *tag, const char *what) {
  ErlNifEnv *own = enif_alloc_env();
  enif_send(env, &p->tell, own, enif_make_tuple2(own, atom(own, tag), atom(own, what)));
  enif_free_env(own);
}

static void destruct(ErlNifEnv *env, void *object) { tell(env, object, "gone", "destructed"); }
static void stop(ErlNifEnv *env, void *object, ErlNifEvent event, int direct) {
  Probe *p = object;
  tell(env, p, "probe", direct ? "stopped" : "stopped_later");
  close(p->fds[0]);
  close(p->fds[1]);
}
static void down(ErlNifEnv *env, void *object, ErlNifPid *pid, ErlNifMonitor *monitor) {
  Probe *p = object;
  tell(env, p, "probe", enif_compare_monitors(monitor, &p->monitor) ? "other_down" : "down");
}
static void dynamic(ErlNifEnv *env, void *object, void *data) { ++*(int *)data; }

static int open_types(ErlNifEnv *env) {
  ErlNifResourceTypeInit init = {destruct, stop, down, 4, dynamic};
  ErlNifResourceFlags tried;
  probe_type = enif_init_resource_type(env, "probe", &init, ERL_NIF_RT_CREATE | ERL_NIF_RT_TAKEOVER, &tried);
  return probe_type ? 0 : -1;
}
static int load(ErlNifEnv *env, void **data, ERL_NIF_TERM info) {
  int veto = 0;
  enif_get_int(env, info, &veto);
  *data = enif_alloc(sizeof(int));
  *(int *)*data = 100;
  return veto ? veto : open_types(env);
}
static int upgrade(ErlNifEnv *env, void **data, void **old, ERL_NIF_TERM info) {
  int veto = 0;
  enif_get_int(env, info, &veto);
  if (veto) return veto;
  *data = *old;
  *old = NULL;
  ++*(int *)*data;
  return open_types(env);
}
static void unload(ErlNifEnv *env, void *data) { enif_free(data); }

#define NIF(name) static ERL_NIF_TERM name(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])

NIF(version) { return enif_make_tuple2(env, enif_make_int(env, VERSION), enif_make_int(env, *(int *)enif_priv_data(env))); }

/* What a term is and what can be read of it. */
NIF(describe) {
  char text[64] = "", formatted[64];
  int i = 0, arity = -1;
  unsigned u = 0, length = 0;
  long l = 0;
  unsigned long ul = 0;
  double d = 0;
  size_t size = 0;
  const ERL_NIF_TERM *elements;
  ErlNifBinary bin = {0};
  int got[] = {enif_get_int(env, argv[0], &i), enif_get_uint(env, argv[0], &u), enif_get_long(env, argv[0], &l),
               enif_get_ulong(env, argv[0], &ul), enif_get_double(env, argv[0], &d), enif_get_atom(env, argv[0], text, 8, ERL_NIF_LATIN1),
               enif_get_string(env, argv[0], text, 5, ERL_NIF_LATIN1), enif_get_list_length(env, argv[0], &length),
               enif_get_tuple(env, argv[0], &arity, &elements), enif_get_map_size(env, argv[0], &size),
               enif_inspect_binary(env, argv[0], &bin), enif_is_number(env, argv[0]), enif_is_fun(env, argv[0])};
  if (!got[2]) l = 0; /* What is written when it does not fit means nothing. */
  if (!got[3]) ul = 0;
  ERL_NIF_TERM list = enif_make_list(env, 0);
  for (int n = sizeof got / sizeof *got; n-- > 0;) list = enif_make_list_cell(env, enif_make_int(env, got[n]), list);
  enif_snprintf(formatted, sizeof formatted, "%T|%5u|%-3s|%lu|%.2f", argv[0], length, "x", (unsigned long)bin.size, d);
  return enif_make_tuple4(env, enif_make_int(env, enif_term_type(env, argv[0])), list,
                          enif_make_list(env, 6, enif_make_int(env, i), enif_make_long(env, l), enif_make_ulong(env, ul),
                                         enif_make_uint(env, length), enif_make_int(env, arity), enif_make_ulong(env, size)),
                          enif_make_string(env, formatted, ERL_NIF_LATIN1));
}

/* [{Key, Value}] forwards and backwards */
NIF(pairs) {
  ErlNifMapIterator it;
  ERL_NIF_TERM key, value, there = enif_make_list(env, 0), back = there;
  if (!enif_map_iterator_create(env, argv[0], &it, ERL_NIF_MAP_ITERATOR_FIRST)) return enif_make_badarg(env);
  for (; enif_map_iterator_get_pair(env, &it, &key, &value); enif_map_iterator_next(env, &it))
    there = enif_make_list_cell(env, enif_make_tuple2(env, key, value), there);
  while (enif_map_iterator_prev(env, &it) && enif_map_iterator_get_pair(env, &it, &key, &value))
    back = enif_make_list_cell(env, enif_make_tuple2(env, key, value), back);
  ERL_NIF_TERM ends = enif_make_tuple2(env, boolean(env, enif_map_iterator_is_head(env, &it)), boolean(env, enif_map_iterator_is_tail(env, &it)));
  enif_map_iterator_destroy(env, &it);
  return enif_make_tuple3(env, there, back, ends);
}

NIF(raise) { return enif_raise_exception(env, argv[0]); }

/* Runs on each kind of scheduler in turn: [Kind | Kinds so far]. Flags: what comes next, last first. */
NIF(travel) {
  ERL_NIF_TERM next, rest, seen = enif_make_list_cell(env, enif_make_int(env, enif_thread_type()), argv[1]);
  int flags;
  if (!enif_get_list_cell(env, argv[0], &next, &rest)) return seen;
  if (!enif_get_int(env, next, &flags)) return enif_raise_exception(env, enif_make_tuple2(env, next, seen));
  ERL_NIF_TERM args[] = {rest, seen};
  return enif_schedule_nif(env, "travel_on", flags, travel, 2, args);
}

NIF(dirty) {
  ErlNifPid self;
  ERL_NIF_TERM big;
  memset(enif_make_new_binary(env, 1000, &big), 'd', 1000);
  return enif_make_list(env, 3, enif_make_int(env, enif_thread_type()), boolean(env, enif_self(env, &self) && enif_is_process_alive(env, &self)), big);
}

/* Sends the second argument to the first. */
NIF(send_to) {
  ErlNifPid to;
  return enif_get_local_pid(env, argv[0], &to) ? boolean(env, enif_send(env, &to, NULL, argv[1])) : enif_make_badarg(env);
}

/* A thread that sends what it was given a copy of. */
typedef struct {
  ErlNifEnv *env;
  ERL_NIF_TERM term;
  ErlNifPid to;
} Job;
static void *send_from_thread(void *p) {
  Job *job = p;
  int type = enif_thread_type();
  enif_send(NULL, &job->to, job->env, enif_make_tuple2(job->env, enif_make_int(job->env, type), job->term));
  enif_free_env(job->env);
  return job;
}
NIF(from_thread) {
  Job job = {enif_alloc_env()};
  ErlNifTid tid;
  void *result;
  job.term = enif_make_copy(job.env, argv[0]);
  enif_self(env, &job.to);
  if (enif_thread_create("probe", &tid, send_from_thread, &job, NULL)) return enif_make_badarg(env);
  enif_thread_join(tid, &result);
  return boolean(env, result == &job);
}

NIF(new_probe) {
  Probe *p = enif_alloc_resource(probe_type, sizeof *p);
  enif_self(env, &p->tell);
  if (pipe(p->fds)) return enif_make_badarg(env);
  ERL_NIF_TERM t = enif_make_resource(env, p);
  enif_release_resource(p);
  return t;
}
static Probe *probe_of(ErlNifEnv *env, ERL_NIF_TERM t) {
  void *p = NULL;
  enif_get_resource(env, t, probe_type, &p);
  return p;
}
NIF(watch) {
  Probe *p = probe_of(env, argv[0]);
  ErlNifPid pid;
  if (!p || !enif_get_local_pid(env, argv[1], &pid)) return enif_make_badarg(env);
  return enif_make_int(env, enif_monitor_process(env, p, &pid, &p->monitor));
}
NIF(unwatch) { return enif_make_int(env, enif_demonitor_process(env, probe_of(env, argv[0]), &probe_of(env, argv[0])->monitor)); }
NIF(bytes_of) { return enif_make_resource_binary(env, probe_of(env, argv[0]), "static bytes", 12); }
NIF(call_dynamic) {
  int n = 41;
  int failed = enif_dynamic_resource_call(env, argv[0], argv[1], argv[2], &n);
  return enif_make_tuple2(env, enif_make_int(env, failed), enif_make_int(env, n));
}
NIF(select_on) {
  Probe *p = probe_of(env, argv[0]);
  int end, flags;
  enif_get_int(env, argv[1], &end);
  enif_get_int(env, argv[2], &flags);
  if (flags & ERL_NIF_SELECT_CUSTOM_MSG) return enif_make_int(env, enif_select_x(env, p->fds[end], flags, p, NULL, argv[3], NULL));
  return enif_make_int(env, enif_select(env, p->fds[end], flags, p, NULL, argv[3]));
}
NIF(put) {
  ErlNifBinary b;
  if (!enif_inspect_iolist_as_binary(env, argv[1], &b)) return enif_make_badarg(env);
  return enif_make_int(env, write(probe_of(env, argv[0])->fds[1], b.data, b.size));
}
NIF(take) {
  ErlNifBinary b;
  enif_alloc_binary(100, &b);
  int n = read(probe_of(env, argv[0])->fds[0], b.data, b.size);
  enif_realloc_binary(&b, n > 0 ? n : 0);
  return enif_make_binary(env, &b);
}

/* A queue of the list's binaries, read in steps: [[Slice]] */
NIF(queue_up) {
  ErlNifIOVec small, *vec = &small;
  ErlNifIOQueue *q = enif_ioq_create(ERL_NIF_IOQ_NORMAL);
  ERL_NIF_TERM tail, head, all = enif_make_list(env, 0);
  size_t step, left;
  enif_get_ulong(env, argv[1], &step);
  if (!enif_inspect_iovec(env, 100, argv[0], &tail, &vec) || !enif_ioq_enqv(q, vec, 1)) return enif_make_badarg(env);
  while (enif_ioq_peek_head(env, q, NULL, &head)) {
    int n;
    enif_ioq_peek(q, &n);
    all = enif_make_list_cell(env, enif_make_tuple3(env, head, enif_make_int(env, n), enif_make_ulong(env, enif_ioq_size(q))), all);
    enif_ioq_deq(q, enif_ioq_size(q) < step ? enif_ioq_size(q) : step, &left);
  }
  enif_ioq_destroy(q);
  return all;
}

NIF(times) {
  ErlNifTime a = enif_monotonic_time(ERL_NIF_NSEC), b = enif_monotonic_time(ERL_NIF_NSEC);
  return enif_make_list(env, 4, boolean(env, a <= b), enif_make_long(env, enif_convert_time_unit(-1, ERL_NIF_MSEC, ERL_NIF_SEC)),
                        enif_make_long(env, enif_convert_time_unit(1500, ERL_NIF_MSEC, ERL_NIF_USEC)),
                        boolean(env, enif_convert_time_unit(1, 77, 0) == ERL_NIF_TIME_ERROR));
}

static ErlNifFunc functions[] = {
    {"version", 0, version}, {"describe", 1, describe}, {"pairs", 1, pairs}, {"raise", 1, raise}, {"travel", 2, travel},
    {"dirty_cpu", 0, dirty, ERL_NIF_DIRTY_JOB_CPU_BOUND}, {"dirty_io", 0, dirty, ERL_NIF_DIRTY_JOB_IO_BOUND},
    {"dirty_send", 2, send_to, ERL_NIF_DIRTY_JOB_IO_BOUND},
    {"dirty_raise", 1, raise, ERL_NIF_DIRTY_JOB_CPU_BOUND}, {"from_thread", 1, from_thread}, {"new_probe", 0, new_probe}, {"watch", 2, watch},
    {"unwatch", 1, unwatch}, {"bytes_of", 1, bytes_of}, {"call_dynamic", 3, call_dynamic}, {"select_on", 4, select_on}, {"put", 2, put},
    {"take", 1, take}, {"queue_up", 2, queue_up}, {"times", 0, times}};

ERL_NIF_INIT(nif_interface_lib, functions, load, NULL, upgrade, unload)
