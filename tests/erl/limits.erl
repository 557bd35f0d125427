%% flags: +P 1024 +Q 1024
%% What happens at a limit: processes, ports, heaps; and in nodes of their own, atoms and memory.
-module(limits).
-export([main/1, atoms/0, memory/0]).

main(_) ->
    t:show({erlang:system_info(process_limit), erlang:system_info(port_limit)}),
    t:show(processes_full()),
    t:show(ports_full()),
    heaps(),
    t:show(t:end_of_node("", "+t 9000 -run limits atoms")),
    t:show(t:end_of_node("", "-run limits memory")),
    counters().

processes_full() ->
    Fill = fun Fill(Pids) ->
        try spawn(fun() -> receive stop -> ok end end) of Pid -> Fill([Pid | Pids])
        catch Class:Reason:Stack -> {Class, Reason, element(1, hd(Stack)), element(2, hd(Stack)), Pids}
        end
    end,
    {Class, Reason, M, F, Pids} = Fill([]),
    More = [t:try_it(G) || G <- [fun() -> spawn_link(fun() -> ok end) end, fun() -> spawn_monitor(fun() -> ok end) end,
        fun() -> spawn_opt(fun() -> ok end, [link, {priority, high}]) end]],
    Request = spawn_request(fun() -> ok end, [{reply_tag, tag}]),
    Answer = receive {tag, Request, error, Why} -> Why end,
    [P ! stop || P <- Pids],
    wait(fun() -> erlang:system_info(process_count) < 500 end),
    {Class, Reason, M, F, length(Pids) > 900, More, Answer, is_pid(spawn(fun() -> ok end))}.

ports_full() ->
    Fill = fun Fill(Ports) ->
        try open_port({spawn, ram_file_drv}, []) of Port -> Fill([Port | Ports])
        catch Class:Reason -> {Class, Reason, Ports}
        end
    end,
    {Class, Reason, Ports} = Fill([]),
    Tcp = gen_tcp:listen(0, []),
    [port_close(P) || P <- Ports],
    wait(fun() -> erlang:system_info(port_count) < 100 end),
    {Class, Reason, length(Ports) > 900, Tcp}.

heaps() ->
    Big = fun Big(0, L) -> length(L); Big(N, L) -> Big(N - 1, [N | L]) end,
    t:show([begin
        {Pid, Monitor} = spawn_opt(fun() -> exit({lived, Big(200000, [])}) end, [monitor, {max_heap_size, Limit}]),
        receive {'DOWN', Monitor, process, Pid, Reason} -> Reason end
    end || Limit <- [0, 10000, #{size => 10000}, #{size => 10000, error_logger => false}, #{size => 10000, kill => false, error_logger => false},
        #{size => 10000000, kill => true}]]),
    t:show([t:try_it(fun() -> process_flag(max_heap_size, Limit) end) || Limit <- [100000, #{size => 0}, #{size => 200000, kill => false}, 0]]),
    t:show([t:try_it(fun() -> process_flag(max_heap_size, Limit) end) || Limit <- [-1, 1, x, #{}, #{size => -1}, #{size => 10000, kill => x},
        #{kill => true}, #{size => 1 bsl 62}]]).

atoms() -> atoms(0).

atoms(N) -> list_to_atom("an_atom_" ++ integer_to_list(N)), atoms(N + 1).

%% More than any machine has.
memory() -> <<0:(1 bsl 46)>>.

wait(Fun) -> Fun() orelse begin timer:sleep(1), wait(Fun) end.

%% What ports move is counted.
counters() ->
    {{input, In}, {output, Out}} = statistics(io),
    Port = open_port({spawn_executable, "/bin/cat"}, [binary]),
    port_command(Port, binary:copy(<<"x">>, 5000)),
    Read = fun Read(0) -> ok; Read(N) -> receive {Port, {data, D}} -> Read(N - byte_size(D)) end end,
    Read(5000),
    {{input, In2}, {output, Out2}} = statistics(io),
    t:show({In2 - In >= 5000, Out2 - Out >= 5000}),
    [Poll | _] = lists:reverse(erlang:system_info(check_io)),
    t:show([{K, proplists:get_value(K, Poll)} || K <- [name, primary, kernel_poll, fallback, poll_threads]]),
    t:show(proplists:get_value(total_poll_set_size, Poll) > 0),
    port_close(Port),
    t:show([t:try_it(fun() -> erlang:port_info(P) end) || P <- [Port, no_such_name, "x"]]),
    t:show([t:try_it(fun() -> erlang:port_info(P, I) end) || {P, I} <- [{Port, id}, {no_such_name, id}, {Port, nothing}, {no_such_name, nothing}]]),
    t:show([t:try_it(fun() -> erlang:system_flag(F, V) end) || {F, V} <- [{erts_alloc, {a, b}}]]).
