/** People who have added me: what they may see is decided here, once. */

import { Button, Text as Words } from "@fluentui/react-components";
import { useText } from "@rapport/i18n/react";
import { PersonAvatar } from "@rapport/ui/person-avatar";
import { useState } from "react";
import { useAct, useApp, useLive } from "../../app/context";
import { useStyles } from "./list.styles";

/** How many are shown before the list: the others are one press away. */
const FIRST = 3;

export function Adders() {
	const styles = useStyles();
	const text = useText();
	const { session, shown } = useApp();
	const act = useAct();
	const incoming = useLive((live) => live.incoming);
	const contacts = useLive((live) => live.contacts);
	const [isWhole, setWhole] = useState(false);
	const { client } = session;
	const first = isWhole ? incoming : incoming.slice(0, FIRST);
	const rest = incoming.length - first.length;
	return (
		<>
			{first.map(({ person }) => (
				<section
					key={person.id}
					className={styles.box}
					aria-label={text.say("added-you", { name: person.displayName })}
				>
					<div className={styles.boxRow}>
						<button
							type="button"
							className={styles.photo}
							aria-label={text.say("card-of", { name: person.displayName })}
							onClick={() => shown.card.set(person.id)}
						>
							<PersonAvatar id={person.id} name={person.displayName} decorative />
						</button>
						<Words>{text.say("added-you", { name: person.displayName })}</Words>
					</div>
					<div className={styles.boxActions}>
						{/* Who is on the list already stays there as they are: in their groups, under the name they were given. */}
						{!contacts.has(person.id) && (
							<Button
								size="small"
								appearance="primary"
								onClick={() =>
									void act(async () => {
										await client.allowAdder(person.id);
										const group = session.live.get().groups[0];
										await client.setContact(person.id, group ? [group.id] : []);
									})
								}
							>
								{text.say("allow-and-add")}
							</Button>
						)}
						<Button
							size="small"
							appearance={contacts.has(person.id) ? "primary" : "secondary"}
							onClick={() => void act(() => client.allowAdder(person.id))}
						>
							{text.say("allow")}
						</Button>
						<Button size="small" appearance="subtle" onClick={() => void act(() => session.blockAdder(person.id))}>
							{text.say("block")}
						</Button>
					</div>
				</section>
			))}
			{rest > 0 && (
				<Button className={styles.boxMore} appearance="subtle" size="small" onClick={() => setWhole(true)}>
					{text.say("added-you-more", { count: rest })}
				</Button>
			)}
		</>
	);
}
