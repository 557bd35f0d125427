%% What the programs of tests/dist share: starting other nodes, which run on the VM that PEER_ERL names.
-module(d).
-export([start/1, start/2, start_port/2, kill/1, wait_until/1, echo/1, collect/1, until_eof/0]).

%% A node NAME@127.0.0.1, connected. {Node, Port}; the port's end is the node's.
start(Name) -> start(Name, []).

start(Name, Arguments) ->
    Node = list_to_atom(Name ++ "@127.0.0.1"),
    Port = start_port(Node, ["-setcookie", atom_to_list(erlang:get_cookie()) | Arguments]),
    wait_until(fun() -> net_kernel:connect_node(Node) end),
    {Node, Port}.

%% A node that ends when this one does, for then nobody holds its standard input any more.
start_port(Node, Arguments) ->
    Paths = lists:append([["-pa", P] || P <- code:get_path(), string:find(P, "build/tests") =/= nomatch]),
    open_port({spawn_executable, os:getenv("PEER_ERL")},
              [{args, ["-noshell", "-start_epmd", "false", "-name", atom_to_list(Node), "-kernel", "logger_level", "none", "-run", "d", "until_eof"]
                      ++ Paths ++ Arguments},
               exit_status, stderr_to_stdout, hide]).

until_eof() -> spawn(fun() -> eof = io:get_line(""), erlang:halt(0) end).

%% Ends the node's OS process at once.
kill({_, Port}) ->
    {os_pid, Pid} = erlang:port_info(Port, os_pid),
    os:cmd("kill -9 " ++ integer_to_list(Pid)),
    receive {Port, {exit_status, _}} -> ok end.

wait_until(Condition) ->
    case Condition() of
        true -> true;
        _ -> receive after 20 -> wait_until(Condition) end
    end.

%% On the other node: sends back what it gets, until it gets `stop`.
echo(Parent) ->
    Parent ! {self(), up},
    echo().
echo() ->
    receive
        stop -> ok;
        {From, Term} -> From ! {self(), Term}, echo()
    end.

%% Messages that come within so many milliseconds of each other.
collect(Pause) ->
    receive M -> [M | collect(Pause)] after Pause -> [] end.
