/** Notifications of the system, where the browser was allowed to show them: one for a person, a later one in its place. */

export interface Notice {
	readonly title: string;
	readonly body: string;
	/** Whom it is for: an id. */
	readonly me: string;
	/** About whom it is: an id. */
	readonly person: string;
	/** What the way to an answer is called. */
	readonly reply?: string;
	/** What stands where the answer is typed. */
	readonly placeholder?: string;
	/** Whether the system, too, is to make no sound. */
	readonly silent: boolean;
}

/** Where a notification leads. */
export function pathTo(person: string): string {
	return `/im/c/${encodeURIComponent(person)}`;
}

/**
 * What is asked of the worker, one after the other: Chromium takes a notification that it is about to show for one that is
 * gone when it is asked for those that there are, and forgets where it leads.
 */
let turn: Promise<unknown> = Promise.resolve();

function inTurn<T>(act: () => Promise<T>): Promise<T> {
	const mine = turn.then(act);
	turn = mine.catch(() => undefined);
	return mine;
}

/** @param onOpen is called where there is no service worker that could lead there. */
export async function notify(
	{ title, body, me, person, reply, placeholder, silent }: Notice,
	onOpen: () => void,
): Promise<void> {
	if (!("Notification" in globalThis) || Notification.permission !== "granted") return;
	// One that takes the place of another comes up anew: without, whoever hasn't read the first is told of no later one.
	const again = { tag: person, renotify: true, silent };
	const options = { body, ...again, icon: "/im/icon-192.png", data: { path: pathTo(person), me } };
	const worker = await registration();
	if (worker) {
		// Where the system knows no typing in a notification it is a button, which leads to where one types.
		const action = { action: "reply", type: "text", title: reply, placeholder };
		const actions = reply === undefined ? [] : [action];
		try {
			await inTurn(() => worker.showNotification(title, { ...options, actions } as NotificationOptions));
			return;
		} catch {
			// It has been replaced meanwhile: then without its button.
		}
	}
	const notification = new Notification(title, options);
	notification.onclick = () => {
		notification.close();
		window.focus();
		onOpen();
	};
}

/** Takes away what was said of somebody: it has been read. */
export async function unnotify(person: string): Promise<void> {
	const worker = await registration();
	if (!worker) return;
	for (const one of await inTurn(() => worker.getNotifications({ tag: person }))) one.close();
}

async function registration(): Promise<ServiceWorkerRegistration | undefined> {
	const found = await navigator.serviceWorker?.getRegistration("/im/");
	return found?.active ? found : undefined;
}
