%% A supervision tree under each strategy: children crash, and the supervisor restarts one, all, or the rest; after too
%% many restarts it gives up.
-module(supervision).
-behaviour(supervisor).
-export([main/1, init/1, start_child/2, child/3]).

main(_Args) ->
    logger:set_primary_config(level, none),
    process_flag(trap_exit, true),
    [show(Strategy) || Strategy <- [one_for_one, one_for_all, rest_for_one]],
    simple(),
    give_up(),
    nested(),
    transient().

init({Flags, Children}) -> {ok, {Flags, Children}}.

spec(Name, Restart) ->
    #{id => Name, start => {?MODULE, start_child, [Name, self()]}, restart => Restart, shutdown => 1000}.

start_child(Name, Parent) ->
    proc_lib:start_link(?MODULE, child, [Name, Parent, self()]).

child(Name, Watcher, Supervisor) ->
    register(Name, self()),
    Watcher ! {started, Name},
    proc_lib:init_ack(Supervisor, {ok, self()}),
    receive
        {crash, Reason} -> exit(Reason);
        stop -> ok
    end.

start(Strategy, Names, Restart, Intensity) ->
    Flags = #{strategy => Strategy, intensity => Intensity, period => 10},
    {ok, Sup} = supervisor:start_link(?MODULE, {Flags, [spec(N, Restart) || N <- Names]}),
    Sup.

started(0) -> [];
started(N) ->
    receive {started, Name} -> [Name | started(N - 1)]
    after 2000 -> [timeout]
    end.

show(Strategy) ->
    Names = [a, b, c, d],
    Sup = start(Strategy, Names, permanent, 5),
    io:format("~p: started ~p~n", [Strategy, started(4)]),
    Before = [whereis(N) || N <- Names],
    b ! {crash, oops},
    Expected = case Strategy of one_for_one -> 1; one_for_all -> 4; rest_for_one -> 3 end,
    io:format("  after the crash of b: ~p~n", [started(Expected)]),
    settle(Sup),
    After = [whereis(N) || N <- Names],
    io:format("  new processes: ~p~n", [[N || {N, P, Q} <- lists:zip3(Names, Before, After), P =/= Q]]),
    io:format("  counts ~p~n", [lists:sort(supervisor:count_children(Sup))]),
    io:format("  children ~p~n", [[{Id, is_pid(Pid), Type, Mods} || {Id, Pid, Type, Mods} <- supervisor:which_children(Sup)]]),
    io:format("  terminate c: ~p, restart c: ~p, delete d: ~p~n",
              [supervisor:terminate_child(Sup, c), element(1, supervisor:restart_child(Sup, c)), supervisor:delete_child(Sup, d)]),
    started(1),
    stop(Sup),
    io:format("  alive after stop: ~p~n", [[N || N <- Names, whereis(N) =/= undefined]]).

settle(Sup) -> _ = supervisor:which_children(Sup), ok.

stop(Sup) ->
    Ref = monitor(process, Sup),
    exit(Sup, shutdown),
    receive {'DOWN', Ref, process, Sup, Reason} -> io:format("  supervisor ended: ~p~n", [Reason]) end,
    receive {'EXIT', Sup, _} -> ok end.

simple() ->
    Self = self(),
    Spec = #{id => worker, start => {proc_lib, start_link, [erlang, apply, [fun() -> worker(Self) end, []]]}, restart => temporary},
    {ok, Sup} = supervisor:start_link(?MODULE, {#{strategy => simple_one_for_one}, [Spec]}),
    Pids = [begin {ok, P} = supervisor:start_child(Sup, []), P end || _ <- lists:seq(1, 10)],
    io:format("simple_one_for_one: ~p children, counts ~p~n", [length(lists:usort(Pids)), lists:sort(supervisor:count_children(Sup))]),
    [P ! go || P <- lists:sublist(Pids, 4)],
    [receive done -> ok end || _ <- lists:seq(1, 4)],
    timer:sleep(50),
    io:format("  after four ended: ~p~n", [proplists:get_value(active, supervisor:count_children(Sup))]),
    stop(Sup).

worker(Self) ->
    proc_lib:init_ack({ok, self()}),
    receive go -> Self ! done end.

give_up() ->
    Sup = start(one_for_one, [a], permanent, 2),
    started(1),
    Ref = monitor(process, Sup),
    [begin a ! {crash, {boom, N}}, N < 3 andalso started(1) end || N <- [1, 2, 3]],
    receive {'DOWN', Ref, process, Sup, Reason} -> io:format("too many restarts: ~p~n", [Reason]) end,
    receive {'EXIT', Sup, _} -> ok end.

nested() ->
    Self = self(),
    Inner = #{id => inner, type => supervisor, start => {supervisor, start_link, [?MODULE, {#{intensity => 0}, [#{id => x, start => {?MODULE, start_child, [x, Self]}}]}]}},
    {ok, Sup} = supervisor:start_link(?MODULE, {#{strategy => one_for_one, intensity => 3}, [Inner]}),
    io:format("nested: ~p~n", [started(1)]),
    x ! {crash, inner_dies_too},
    io:format("  restarted with its supervisor: ~p~n", [started(1)]),
    settle(Sup),
    stop(Sup).

transient() ->
    Sup = start(one_for_one, [a, b], transient, 5),
    started(2),
    a ! stop,
    b ! {crash, abnormal},
    io:format("transient: only ~p comes back~n", [started(1)]),
    settle(Sup),
    io:format("  ~p~n", [[{Id, is_pid(P)} || {Id, P, _, _} <- supervisor:which_children(Sup)]]),
    stop(Sup).
