%% A process that exits gives up all that it has: tables, sockets, the blocking of other schedulers; in whatever order it got them.
-module(exit_gives_up).
-export([main/1]).

main(_) ->
    Get = [fun() -> {ok, S} = socket:open(inet, stream, tcp), {socket, S} end,
           fun() -> {blocking, erlang:system_flag(multi_scheduling, block)} end,
           fun() -> {table, ets:new(?MODULE, [public])} end],
    [run(Order) || Order <- [Get, lists:reverse(Get)]].

run(Order) ->
    Self = self(),
    {Pid, Monitor} = spawn_monitor(fun() -> Self ! {self(), [F() || F <- Order]} end),
    Got = receive {Pid, G} -> G end,
    receive {'DOWN', Monitor, process, Pid, Reason} -> t:show(Reason) end,
    t:show([{What, left(What, Thing)} || {What, Thing} <- lists:sort(fun({A, _}, {B, _}) -> A =< B end, Got)]).

%% On erl a socket may be closed a little later.
left(socket, S) ->
    case socket:getopt(S, otp, debug) of
        {ok, _} -> erlang:yield(), left(socket, S);
        Closed -> Closed
    end;
left(blocking, _) -> erlang:system_info(multi_scheduling);
left(table, T) -> ets:info(T).
