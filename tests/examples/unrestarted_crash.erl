%% First classic failure: a process crashes and nobody restarts it. A temporary child is gone without a trace in its
%% supervisor, a crashed name answers noproc, a child that cannot start again takes its supervisor down. The diagnosis:
%% supervisor:count_children and which_children before and after, monitors, links, and the log's report.
-module(unrestarted_crash).
-behaviour(supervisor).
-export([main/1, init/1, start_worker/2, worker/3, log/2]).

main(_Args) ->
    logger:set_primary_config(level, error),
    logger:remove_handler(default),
    ok = logger:add_handler(to_me, ?MODULE, #{config => self()}),
    process_flag(trap_exit, true),
    forgotten(),
    given_up(),
    unsupervised().

log(#{msg := {report, #{label := Label, report := Report}}}, #{config := Pid}) -> Pid ! {log, Label, Report};
log(#{msg := {report, #{report := Report}}}, #{config := Pid}) -> Pid ! {log, report, Report};
log(#{msg := {Format, Args}}, #{config := Pid}) when is_list(Args) -> Pid ! {log, Format, Args};
log(_, _) -> ok.

init(Specification) -> {ok, Specification}.

start_worker(Name, Starts) -> proc_lib:start_link(?MODULE, worker, [Name, self(), Starts]).

%% Crashes when told; starts only as often as the counter allows.
worker(Name, Supervisor, Starts) ->
    case counters:get(Starts, 1) of
        0 -> exit(no_more_starts);
        _ -> counters:sub(Starts, 1, 1)
    end,
    register(Name, self()),
    proc_lib:init_ack(Supervisor, {ok, self()}),
    receive {divide, By} -> exit({result, 100 div By}) end.

child(Name, Restart, Starts) ->
    Counter = counters:new(1, []),
    counters:put(Counter, 1, Starts),
    #{id => Name, start => {?MODULE, start_worker, [Name, Counter]}, restart => Restart}.

forgotten() ->
    {ok, Sup} = supervisor:start_link(?MODULE, {#{strategy => one_for_one, intensity => 3, period => 60},
        [child(permanent_one, permanent, 9), child(transient_one, transient, 9), child(temporary_one, temporary, 9)]}),
    show(Sup, "at start"),
    Temporary = whereis(temporary_one),
    Monitor = monitor(process, temporary_one),
    temporary_one ! {divide, 0},
    receive {'DOWN', Monitor, process, {temporary_one, _}, {Reason, [{M, F, A, _} | _]}} ->
        io:format("temporary_one died of ~p in ~p:~p/~p~n", [Reason, M, F, A])
    end,
    io:format("its report: ~p~n", [report(crash_report)]),
    show(Sup, "after the crash of the temporary child"),
    io:format("whereis ~p, process_info ~p, call ~p~n", [whereis(temporary_one), process_info(Temporary),
        catch gen_server:call(temporary_one, hello)]),
    io:format("linked to the supervisor: ~p~n",
        [lists:sort([name(P) || P <- element(2, process_info(Sup, links)), P =/= self()])]),
    Permanent = whereis(permanent_one),
    permanent_one ! {divide, 0},
    restarted(permanent_one, Permanent),
    io:format("its report: ~p~n", [report(crash_report)]),
    show(Sup, "after the crash of the permanent child"),
    stop(Sup).

given_up() ->
    {ok, Sup} = supervisor:start_link(?MODULE, {#{strategy => one_for_one, intensity => 3, period => 60},
        [child(twice, permanent, 2), child(sibling, permanent, 9)]}),
    Sibling = monitor(process, sibling),
    Twice = whereis(twice),
    twice ! {divide, 5},
    restarted(twice, Twice),
    show(Sup, "after one restart"),
    twice ! {divide, 0},
    receive {'EXIT', Sup, Why} -> io:format("the supervisor ended: ~p~n", [Why]) end,
    receive {'DOWN', Sibling, process, _, Because} -> io:format("and its other child: ~p~n", [Because]) end.

unsupervised() ->
    {Pid, Monitor} = spawn_monitor(fun() -> register(nobodys, self()), receive {divide, By} -> 1 div By end end),
    io:format("links ~p, monitored by me ~p~n",
        [element(2, process_info(Pid, links)), element(2, process_info(Pid, monitored_by)) =:= [self()]]),
    Pid ! {divide, 0},
    receive {'DOWN', Monitor, process, Pid, {Reason, _}} -> io:format("nobodys died of ~p~n", [Reason]) end,
    io:format("alive: ~p, registered: ~p~n", [is_process_alive(Pid), lists:member(nobodys, registered())]).

%% Waits until another process has the name.
restarted(Name, Old) ->
    case whereis(Name) of
        New when is_pid(New), New =/= Old -> ok;
        _ -> timer:sleep(1), restarted(Name, Old)
    end.

show(Sup, When) ->
    io:format("~s:~n", [When]),
    io:format("  ~p~n", [lists:sort(supervisor:count_children(Sup))]),
    io:format("  ~p~n", [lists:sort([{Id, is_pid(Pid), Type} || {Id, Pid, Type, _} <- supervisor:which_children(Sup)])]).

name(Pid) -> case process_info(Pid, registered_name) of {_, Name} -> Name; Nothing -> Nothing end.

%% The next crash report in the log: what ended, why, and what it was started as.
report(Which) ->
    receive
        {log, {proc_lib, crash}, [Info | _]} when Which =:= crash_report ->
            {Class, Reason, [{M, F, A, _} | _]} = proplists:get_value(error_info, Info),
            {proplists:get_value(registered_name, Info), element(2, proplists:get_value(initial_call, Info)), Class, Reason, {M, F, A}}
    after 5000 -> nothing
    end.

stop(Sup) ->
    exit(Sup, shutdown),
    receive {'EXIT', Sup, shutdown} -> ok end.
