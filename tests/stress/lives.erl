%% flags: +S 4:4
%% Lives and deaths: processes that spawn, link, monitor, register, name aliases, exit and kill one another in all orders. What must
%% come out: every link and monitor tells of each end once, nobody is left over, no name stays.
-module(lives).
-export([main/1]).

main(_) ->
    process_flag(trap_exit, true),
    Before = length(processes()),
    Workers = [spawn_monitor(fun() -> worker(N, stress:deadline(2000)) end) || N <- lists:seq(1, 8)],
    t:show([receive {'DOWN', M, process, P, R} -> R end || {P, M} <- Workers]),
    stress:wait_until(fun() -> length(processes()) =:= Before end),
    t:show([N || N <- registered(), lists:prefix("lives_", atom_to_list(N))]),
    t:show(process_info(self(), [links, monitors, message_queue_len])).

worker(N, Deadline) ->
    process_flag(trap_exit, true),
    rand:seed(exsss, {N, N, N}),
    rounds(N, Deadline),
    {links, []} = process_info(self(), links),
    {monitors, []} = process_info(self(), monitors).

rounds(N, Deadline) ->
    case stress:passed(Deadline) of
        true -> ok;
        false ->
            lists:foreach(fun(F) -> F(N) end, [fun crowd/1, fun linked_ring/1, fun cross_fire/1, fun names/1, fun aliases/1, fun unlink_race/1, fun spawn_requests/1, fun infos/1]),
            rounds(N, Deadline)
    end.

%% Many monitored children with every kind of end.
crowd(_) ->
    Children = [spawn_opt(child(rand:uniform(5)), [monitor, link]) || _ <- lists:seq(1, 40)],
    [exit(P, stop) || {P, _} <- Children, rand:uniform(2) =:= 1],
    [begin receive {'DOWN', M, process, P, _} -> ok end, receive {'EXIT', P, _} -> ok end end || {P, M} <- Children].

child(1) -> fun() -> ok end;
child(2) -> fun() -> exit(bye) end;
child(3) -> fun() -> exit(self(), kill), receive never -> ok end end;
child(4) -> fun() -> receive never -> ok after rand:uniform(3) -> exit({late, lists:seq(1, 20)}) end end;
child(5) -> fun() -> spawn_link(fun() -> exit(grandchild) end), receive never -> ok end end.

%% A ring of links: one dies, all die.
linked_ring(_) ->
    Self = self(),
    {Last, Ms} = lists:foldl(fun(_, {Previous, Ms}) ->
        {P, M} = spawn_monitor(fun() -> Previous =:= none orelse link(Previous), Self ! {linked, self()}, receive {die, R} -> exit(R) end end),
        receive {linked, P} -> {P, [{P, M} | Ms]} end
    end, {none, []}, lists:seq(1, 20)),
    Last ! {die, ring},
    [receive {'DOWN', M, process, P, ring} -> ok end || {P, M} <- Ms].

%% Two that monitor, link and kill each other at once.
cross_fire(_) ->
    Pair = fun() ->
        receive
            {peer, P} ->
                M = monitor(process, P),
                catch link(P),
                exit(P, kill),
                demonitor(M, [flush]),
                unlink(P),
                exit(self(), kill)
        end
    end,
    {A, MA} = spawn_monitor(Pair),
    {B, MB} = spawn_monitor(Pair),
    A ! {peer, B},
    B ! {peer, A},
    receive {'DOWN', MA, process, A, _} -> ok end,
    receive {'DOWN', MB, process, B, _} -> ok end.

%% One of several gets the name; it is free again when its owner is gone.
names(_) ->
    Name = list_to_atom("lives_" ++ integer_to_list(rand:uniform(3))),
    Ps = [spawn_monitor(fun() ->
        try register(Name, self()) of true -> Name ! done, receive done -> ok after 1 -> ok end catch error:badarg -> catch (Name ! hello), whereis(Name) end
    end) || _ <- lists:seq(1, 10)],
    [receive {'DOWN', M, process, P, normal} -> ok end || {P, M} <- Ps].

aliases(_) ->
    Ps = [begin
        Alias = alias([reply]),
        {P, M} = spawn_monitor(fun() -> Alias ! {Alias, one}, Alias ! {Alias, two} end),
        {P, M, Alias}
    end || _ <- lists:seq(1, 10)],
    [begin
        receive {A, one} -> ok end,
        receive {'DOWN', M, process, P, normal} -> ok end,
        receive {A, two} -> exit(second_reply) after 0 -> ok end
    end || {P, M, A} <- Ps].

%% No exit message may come after unlink and a look at the queue.
unlink_race(_) ->
    [begin
        P = spawn_link(fun() -> receive go -> exit(gone) end end),
        P ! go,
        unlink(P),
        receive {'EXIT', P, gone} -> ok after 0 -> ok end,
        link_again(P)
    end || _ <- lists:seq(1, 20)].

link_again(P) ->
    link(P),
    receive {'EXIT', P, R} when R =:= gone; R =:= noproc -> ok end.

spawn_requests(_) ->
    Ids = [spawn_request(child(rand:uniform(5)), [monitor, {reply_tag, made}]) || _ <- lists:seq(1, 20)],
    Pids = [receive {made, Id, ok, P} -> P end || Id <- Ids],
    [exit(P, kill) || P <- Pids],
    [receive {'DOWN', Id, process, P, _} -> ok end || {Id, P} <- lists:zip(Ids, Pids)].

%% Asking, suspending, collecting and changing the leader of what may be gone by then.
infos(_) ->
    Ps = [spawn_monitor(child(rand:uniform(5))) || _ <- lists:seq(1, 20)],
    [begin
        process_info(P, [status, current_stacktrace, messages, links, memory]),
        erlang:garbage_collect(P, [{async, P}]),
        catch erlang:suspend_process(P),
        is_process_alive(P),
        catch group_leader(self(), P),
        catch erlang:resume_process(P),
        exit(P, kill)
    end || {P, _} <- Ps],
    [receive {'DOWN', M, process, P, _} -> ok end || {P, M} <- Ps],
    [receive {garbage_collect, P, _} -> ok end || {P, _} <- Ps].
