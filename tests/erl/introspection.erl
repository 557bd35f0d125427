%% flags: +S 2:2
%% Every documented item of process_info, port_info, system_info, statistics and system_flag: the shape of what is answered, and what
%% is the same everywhere.
-module(introspection).
-export([main/1]).

main(_) ->
    processes_(), ports(), system(), statistics_(), flags(), memory(), tools().

%% Numbers and names vary: of these the kind is shown.
shape(X) when is_integer(X), X < 0 -> negative;
shape(X) when is_integer(X) -> int;
shape(X) when is_float(X) -> float;
shape(X) when is_pid(X) -> pid;
shape(X) when is_port(X) -> port;
shape(X) when is_reference(X) -> ref;
shape(X) when is_function(X) -> 'fun';
shape(X) when is_bitstring(X) -> binary;
shape(X) when is_tuple(X) -> list_to_tuple([shape(E) || E <- tuple_to_list(X)]);
shape(X) when is_map(X) -> maps:map(fun(_, V) -> shape(V) end, X);
shape([]) -> [];
shape([_ | _] = X) ->
    case io_lib:printable_unicode_list(X) of
        true -> string;
        false when is_list(tl(X)) -> case lists:usort([shape(E) || E <- X]) of [One] -> {list, One}; Many -> Many end;
        false -> improper
    end;
shape(X) -> X.

show(What, F) ->
    R = try shape(F()) catch C:E -> {C, E} end,
    io:format("~0p: ~0p~n", [What, R]).

processes_() ->
    Items = [async_dist, backtrace, binary, catchlevel, current_function, current_location, current_stacktrace, dictionary, error_handler,
             fullsweep_after, garbage_collection, garbage_collection_info, group_leader, heap_size, initial_call, last_calls, links, magic_ref,
             max_heap_size, memory, message_binary, message_queue_data, message_queue_len, messages, min_bin_vheap_size, min_heap_size, monitored_by,
             monitors, parent, priority, reductions, registered_name, sequential_trace_token, stack_size, status, suspending,
             total_heap_size, trace, trap_exit],
    Self = self(),
    P = spawn_opt(fun() ->
            put(key, value), B = binary:copy(<<"abc">>, 100), process_flag(trap_exit, true),
            monitor(process, Self), Self ! ready,
            receive stop -> byte_size(B) end
        end, [link, {priority, high}, {fullsweep_after, 7}, {min_heap_size, 1000}]),
    receive ready -> ok end,
    P ! {message, 1}, P ! <<"binary">>, register(introspection_p, P),
    erlang:yield(), timer:sleep(10),
    [show({other, I}, fun() -> process_info(P, I) end) || I <- Items],
    [show({self, I}, fun() -> process_info(self(), I) end) || I <- Items -- [binary, garbage_collection_info]],
    show({other, all}, fun() -> process_info(P, Items -- [message_binary]) end),
    show(default, fun() -> lists:keysort(1, process_info(P)) end),
    [io:format("~0p~n", [process_info(P, I)]) || I <- [dictionary, error_handler, fullsweep_after, initial_call, max_heap_size, message_queue_data,
             message_queue_len, messages, min_bin_vheap_size, min_heap_size, priority, registered_name, sequential_trace_token, status,
             suspending, trace, trap_exit, catchlevel, [], [status, status], [{dictionary, key}]] , I =/= [{dictionary, key}]],
    show(nothing, fun() -> process_info(P, no_item) end),
    show(nothing, fun() -> process_info(P, [status | priority]) end),
    unlink(P), exit(P, kill), R = monitor(process, P), receive {'DOWN', R, _, _, _} -> ok end,
    show(gone, fun() -> process_info(P, status) end),
    show(gone, fun() -> process_info(P) end),
    show(gone, fun() -> process_info(P, nonsense) end).

ports() ->
    Port = open_port({spawn, "cat"}, [binary, {parallelism, true}]),
    register(introspection_port, Port),
    M = monitor(port, Port),
    Port ! {self(), {command, <<"hello">>}},
    receive {Port, {data, _}} -> ok end,
    Items = [connected, id, input, links, locking, memory, monitored_by, monitors, name, os_pid, output, parallelism, queue_size, registered_name, nonsense],
    [show({port, I}, fun() -> erlang:port_info(Port, I) end) || I <- Items],
    show(port, fun() -> lists:keysort(1, erlang:port_info(Port)) end),
    [io:format("~0p~n", [erlang:port_info(introspection_port, I)]) || I <- [input, output, name, locking, parallelism, queue_size, registered_name]],
    demonitor(M), port_close(Port),
    show(closed, fun() -> erlang:port_info(Port) end),
    show(closed, fun() -> erlang:port_info(Port, name) end),
    show(closed, fun() -> erlang:port_info(introspection_port) end).

system() ->
    Same = [atom_limit, build_type, compat_rel, creation, debug_compiled, delayed_node_table_gc, dirty_cpu_schedulers, dirty_cpu_schedulers_online,
            dirty_io_schedulers, dist_buf_busy_limit, driver_version, dynamic_trace, dynamic_trace_probes, elib_malloc, end_time,
            ets_limit, fullsweep_after, heap_type, kernel_poll, machine, max_heap_size, message_queue_data,
            min_bin_vheap_size, min_heap_size, modified_timing_level, multi_scheduling, multi_scheduling_blockers, nif_version,
            normal_multi_scheduling_blockers, otp_release, outstanding_system_requests_limit, port_limit, port_parallelism,
            scheduler_bind_type, scheduler_bindings, schedulers, schedulers_online, smp_support, system_logger, thread_pool_size, threads,
            time_correction, time_warp_mode, trace_control_word, version, wordsize, {wordsize, internal}, {wordsize, external}, async_dist,
            logical_processors, logical_processors_available, logical_processors_online,
            garbage_collection, break_ignored, {cpu_topology, defined}, {allocator_sizes, nonsense},
            {allocator, nonsense}, {cpu_topology, nonsense}, {purified, x}, nonsense, {nonsense, 1}, 17, "procs"],
    [io:format("~0p: ~0p~n", [I, try erlang:system_info(I) catch C:E -> {C, E} end]) || I <- Same],
    [io:format("~0p~n", [[{K, V} || {K, V} <- erlang:system_info(I), K =/= time]]) || I <- [os_monotonic_time_source, os_system_time_source]],
    Shapes = [atom_count, c_compiler_used, dist, ets_count, heap_sizes, info, loaded, port_count, process_count, procs, scheduler_id,
              start_time, system_architecture, time_offset, tolerant_timeofday, update_cpu_info, otp_correction_package, emu_flavor, emu_type],
    [show(I, fun() -> erlang:system_info(I) end) || I <- Shapes, I =/= emu_flavor, I =/= c_compiler_used],
    [io:format("~0p ~0p~n", [I, is_list(erlang:system_info(I))]) || I <- [allocated_areas, alloc_util_allocators, check_io, system_version]],
        [io:format("~0p ~0p~n", [{I, A}, try R = erlang:system_info({I, A}), R =:= false orelse is_list(R) catch C:E -> {C, E} end])
     || I <- [allocator, allocator_sizes], A <- [binary_alloc, temp_alloc, nonsense]],
    io:format("~0p~n", [is_list(erlang:system_info(cpu_topology)) orelse erlang:system_info(cpu_topology) =:= undefined]).

statistics_() ->
    Items = [active_tasks, active_tasks_all, context_switches, exact_reductions, garbage_collection, io, reductions, run_queue, run_queue_lengths,
             run_queue_lengths_all, run_queues, runtime, total_active_tasks, total_active_tasks_all, total_run_queue_lengths, total_run_queue_lengths_all,
             wall_clock, scheduler_wall_time, scheduler_wall_time_all, {io}, nonsense],
    [show({statistics, I}, fun() -> erlang:statistics(I) end) || I <- Items],
    [io:format("~p~n", [{I, length(erlang:statistics(I))}]) || I <- [active_tasks, active_tasks_all, run_queue_lengths, run_queue_lengths_all]],
    io:format("~p~n", [erlang:system_flag(scheduler_wall_time, true)]),
    show(scheduler_wall_time, fun() -> lists:sort(erlang:statistics(scheduler_wall_time)) end),
    io:format("~p~n", [[{length(L), lists:all(fun({_, A, T}) -> A >= 0 andalso T >= A end, L)}
                        || L <- [erlang:statistics(scheduler_wall_time), erlang:statistics(scheduler_wall_time_all)]]]),
    io:format("~p~n", [erlang:system_flag(scheduler_wall_time, false)]),
    show(scheduler_wall_time, fun() -> erlang:statistics(scheduler_wall_time) end),
    io:format("~p~n", [[erlang:system_flag(microstate_accounting, F) || F <- [true, reset, false]]]),
    Msacc = erlang:statistics(microstate_accounting),
    Types = lists:usort([T || #{type := T} <- Msacc]),
    io:format("~p~n", [[T || T <- [scheduler, dirty_cpu_scheduler, dirty_io_scheduler, poll], lists:member(T, Types)]]),
    io:format("~p~n", [lists:usort([{lists:sort(maps:keys(M)), lists:sort(maps:keys(C))} || #{type := scheduler, counters := C} = M <- Msacc])]).

flags() ->
    [io:format("~0p: ~0p~n", [{F, V}, try erlang:system_flag(F, V) catch C:E -> {C, E} end])
     || {F, V} <- [{backtrace_depth, 12}, {backtrace_depth, 8}, {backtrace_depth, -1}, {cpu_topology, nonsense}, {dirty_cpu_schedulers_online, 1},
                   {dirty_cpu_schedulers_online, 2}, {dirty_cpu_schedulers_online, 3}, {fullsweep_after, 100}, {fullsweep_after, 65535}, {fullsweep_after, -1},
                   {microstate_accounting, nonsense}, {min_heap_size, 500}, {min_heap_size, 233}, {min_heap_size, x}, {min_bin_vheap_size, 50000},
                   {min_bin_vheap_size, 46422}, {max_heap_size, 1000000}, {max_heap_size, #{size => 2000000, kill => false}}, {max_heap_size, 0},
                   {max_heap_size, -1}, {max_heap_size, 5}, {multi_scheduling, block}, {multi_scheduling, unblock}, {multi_scheduling, block_normal},
                   {multi_scheduling, unblock_normal}, {multi_scheduling, nonsense}, {scheduler_bind_type, nonsense},
                   {scheduler_bind_type, unbound}, {schedulers_online, 1}, {schedulers_online, 2}, {schedulers_online, 3}, {schedulers_online, 0},
                   {scheduler_wall_time, nonsense}, {system_logger, self}, {system_logger, logger}, {trace_control_word, 17}, {trace_control_word, 0},
                   {trace_control_word, -1}, {time_offset, nonsense}, {time_offset, finalize}, {outstanding_system_requests_limit, 50},
                   {outstanding_system_requests_limit, 100}, {outstanding_system_requests_limit, 0}, {erts_alloc, {nonsense, a, 1}}, {nonsense, 1}, {17, 1}]].

memory() ->
    All = erlang:memory(),
    io:format("~p~n", [[K || {K, V} <- All, V > 0]]),
    io:format("~p~n", [[{K, N} || K <- [total, processes, processes_used, system, atom, atom_used, binary, code, ets, low, maximum, nonsense],
                        N <- [try is_integer(erlang:memory(K)) catch C:E -> {C, E} end]]]),
    io:format("~p~n", [[K || {K, V} <- erlang:memory([ets, total, ets]), is_integer(V)]]),
    io:format("~p~n", [try erlang:memory([ets, nonsense]) catch C1:E1 -> {C1, E1} end]),
    %% What is made shows where it belongs, and goes again.
    Grown = fun(Kind, Bytes, Make, Drop) ->
        garbage_collect(), Before = erlang:memory(Kind), X = Make(), During = erlang:memory(Kind), Drop(X), garbage_collect(),
        settled(Kind, Before + Bytes div 2, 200) andalso During - Before >= Bytes * 9 div 10
    end,
    io:format("~p~n", [Grown(binary, 8000000, fun() -> [binary:copy(<<I>>, 1000000) || I <- lists:seq(1, 8)] end, fun length/1)]),
    io:format("~p~n", [Grown(ets, 8000000, fun() -> T = ets:new(t, []), [ets:insert(T, {I, I, I, I, I, I}) || I <- lists:seq(1, 100000)], T end,
                             fun ets:delete/1)]),
    io:format("~p~n", [Grown(processes, 8000000, fun() -> [spawn_opt(fun() -> receive stop -> ok end end, [{min_heap_size, 10000}])
                                                           || _ <- lists:seq(1, 100)] end, fun(Ps) -> [exit(P, kill) || P <- Ps] end)]).
settled(_, _, 0) -> false;
settled(Kind, Limit, N) -> erlang:memory(Kind) =< Limit orelse begin timer:sleep(10), settled(Kind, Limit, N - 1) end.

tools() ->
    S1 = scheduler:sample(), _ = [I * I || I <- lists:seq(1, 100000)], S2 = scheduler:sample(),
    U = scheduler:utilization(S1, S2),
    io:format("~p~n", [[{element(1, E), F >= 0.0 andalso F =< 1.0} || E <- lists:sort(U), F <- [element(tuple_size(E) - 1, E)]]]),
    true = msacc:start(50), msacc:stop(),
    Stats = msacc:stats(),
    io:format("~p~n", [lists:usort([T || #{type := T} <- Stats, lists:member(T, [scheduler, dirty_cpu_scheduler, dirty_io_scheduler])])]),
    io:format("~p~n", [[is_float(F) orelse is_integer(F) || {_, F} <- [{K, msacc:stats(K, Stats)} || K <- [system_realtime, system_runtime]]]]).
